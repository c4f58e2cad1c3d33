//! Where the steps of a chart lie in its drawing: from the pointer to the step under it and back.

use super::chart::Drawing;
use super::format;
use super::metrics::MetricsView;

impl Drawing {
    /// The step of `steps` at `x`, a fraction of the drawing's width; outside the plotted area the nearest. `None` when
    /// there are no steps.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the steps, which fit")]
    pub fn step_at(&self, x: f64, steps: u32) -> Option<u32> {
        let last = steps.checked_sub(1)?;
        let along = (x - self.plot_left) / (self.plot_right - self.plot_left) * f64::from(steps);
        Some((along.floor().max(0.0) as u32).min(last))
    }

    /// Where step `step` of `steps` stands, as a fraction of the drawing's width.
    pub fn centre_of(&self, step: u32, steps: u32) -> f64 {
        let along = (f64::from(step) + 0.5) / f64::from(steps.max(1));
        self.plot_left + along * (self.plot_right - self.plot_left)
    }
}

impl MetricsView {
    /// How many steps it has.
    pub fn steps(&self) -> u32 {
        self.points.len().try_into().unwrap_or(u32::MAX)
    }

    /// When step `step` starts, as people read it; empty outside.
    pub fn step_label(&self, step: u32) -> String {
        let point = usize::try_from(step).ok().and_then(|step| self.points.get(step));
        point.map(|point| format::minute(point.at)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing() -> Drawing {
        Drawing { svg: String::new(), plot_left: 0.1, plot_right: 0.9 }
    }

    #[test]
    fn the_step_under_the_pointer_is_the_nearest() {
        for (x, expected) in [(0.0, 0), (0.1, 0), (0.29, 0), (0.31, 1), (0.89, 3), (0.9, 3), (1.0, 3)] {
            assert_eq!(drawing().step_at(x, 4), Some(expected), "{x}");
        }
        assert_eq!(drawing().step_at(0.5, 0), None);
    }

    #[test]
    fn a_step_stands_in_its_own_middle() {
        for step in 0..7 {
            assert_eq!(drawing().step_at(drawing().centre_of(step, 7), 7), Some(step));
        }
    }
}
