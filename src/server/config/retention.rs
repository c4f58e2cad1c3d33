//! How long rollups are kept, as it can be set. What that means is in [`crate::domain::retention`].

use chrono::TimeDelta;
use clap::Args;

use crate::domain::retention::Retention;

/// How long rollups are kept.
#[derive(Args, Clone, Copy, Debug)]
pub struct RetentionArgs {
    /// How many days minutes are kept; nothing older is taken in
    #[arg(long, env = "CROSSFADE_KEEP_MINUTES_DAYS", value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub keep_minutes_days: u16,

    /// How many days hours are kept, and all that is kept by the hour; not fewer than minutes
    #[arg(long, env = "CROSSFADE_KEEP_HOURS_DAYS", value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub keep_hours_days: u16,
}

impl Default for RetentionArgs {
    fn default() -> Self {
        Self { keep_minutes_days: 30, keep_hours_days: 365 }
    }
}

impl RetentionArgs {
    /// How long; hours must not go before their minutes.
    pub fn kept(self) -> anyhow::Result<Retention> {
        let Self { keep_minutes_days, keep_hours_days } = self;
        anyhow::ensure!(
            keep_minutes_days <= keep_hours_days,
            "hours must be kept as long as minutes: {keep_hours_days} days are fewer than {keep_minutes_days}"
        );
        Ok(Retention {
            minutes: TimeDelta::days(keep_minutes_days.into()),
            hours: TimeDelta::days(keep_hours_days.into()),
        })
    }
}
