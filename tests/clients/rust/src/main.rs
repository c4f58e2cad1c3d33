//! Asks the flags that are given as JSON, and prints what the client makes of each answer.

use open_feature::{EvaluationContext, OpenFeature};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("CROSSFADE_TOKEN")?;
    let mut options = OfrepOptions { base_url: std::env::var("CROSSFADE_URL")?, ..OfrepOptions::default() };
    options.headers.insert("authorization", format!("Bearer {token}").parse()?);
    let mut api = OpenFeature::singleton_mut().await;
    api.set_provider(OfrepProvider::new(options).await?).await;
    let client = api.create_client();
    drop(api);
    let questions: Vec<(String, Option<String>)> = serde_json::from_str(&std::env::args().nth(1).unwrap_or_default())?;
    let mut answers: Vec<Value> = Vec::new();
    for (flag, unit) in questions {
        let context = unit.map(|unit| EvaluationContext::default().with_targeting_key(unit));
        answers.push(match client.get_bool_details(&flag, context.as_ref(), None).await {
            Ok(told) => json!([told.value, told.variant, told.reason.map(|it| it.to_string()), null, null]),
            Err(error) => json!([true, null, "ERROR", null, error.code.to_string()]),
        });
    }
    println!("{}", json!(answers));
    Ok(())
}
