//! The audit of the schema, on a connection like those that read.

use async_trait::async_trait;

use super::sql::SqlStore;
use crate::server::store::schema::Base;
use crate::server::store::schema::audit::{Audit, audit};
use crate::server::store::schema_store::{SchemaStore, as_of_store};
use crate::server::store::{OperationClass, Store as _, StoreError};

#[async_trait]
impl SchemaStore for SqlStore {
    async fn audit_schema(&self) -> Result<Audit, StoreError> {
        let audited = async {
            let mut base = Base::sqlite((*self.readers.connect_options()).clone()).await.map_err(as_of_store)?;
            let found = audit(&mut base).await.map_err(as_of_store);
            base.close().await?;
            found
        };
        self.timings().of(OperationClass::Read, audited).await
    }
}
