//! Which operations a feature has. They are named by whoever sends, and nowhere but in what was counted.

use super::dialect::Pool;
use super::error::from_sqlx;
use super::read::operation;
use crate::domain::feature::FeatureId;
use crate::domain::observation::Operation;
use crate::server::store::StoreError;

/// The names in a table of hours, each found from the one before it by an index, however many hours there are.
macro_rules! names_in {
    ($table:literal, $name:literal) => {
        concat!(
            $name,
            " (operation) AS (
                 SELECT min(operation) FROM ",
            $table,
            " WHERE feature_id = $1
                 UNION ALL SELECT (SELECT min(t.operation) FROM ",
            $table,
            " t WHERE t.feature_id = $1 AND t.operation > ",
            $name,
            ".operation) FROM ",
            $name,
            " WHERE ",
            $name,
            ".operation IS NOT NULL)"
        )
    };
}

/// Every operation of `feature` that some hour names.
pub(super) async fn operations(pool: &Pool, feature: FeatureId) -> Result<Vec<Operation>, StoreError> {
    let rows: Vec<String> = sqlx::query_scalar(concat!(
        "WITH RECURSIVE ",
        names_in!("observation_hours", "observed"),
        ", ",
        names_in!("comparison_hours", "compared"),
        " SELECT operation FROM observed WHERE operation IS NOT NULL
          UNION SELECT operation FROM compared WHERE operation IS NOT NULL
          ORDER BY operation"
    ))
    .bind(feature.0)
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter().map(|text| operation("observation_hours", text)).collect()
}
