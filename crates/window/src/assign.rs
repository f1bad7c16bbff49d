//! Time to windows: which slice a time lies in, which windows a slice is part of.

use oriel_time::{EventTime, Span};

/// Aligned windows of one size, one starting every `slide`. Tumbling windows are
/// those whose slide is their size. A window is `[start, end)` and is named by its
/// start; it is made of `size / slide` slices, named by their starts too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Windowing {
    size: Span,
    slide: Span,
}

impl Windowing {
    /// Windows of that size and slide.
    ///
    /// # Panics
    /// Unless the slide is positive and the size a multiple of it.
    pub fn new(size: Span, slide: Span) -> Self {
        assert!(slide > Span::ZERO && size > Span::ZERO, "a window has a length");
        assert!(size.millis().rem_euclid(slide.millis()) == 0, "a window is made of whole slices");
        Windowing { size, slide }
    }

    /// The length of a window.
    pub fn size(self) -> Span {
        self.size
    }

    /// The distance between the starts of two windows.
    pub fn slide(self) -> Span {
        self.slide
    }

    /// The slice that the time lies in.
    pub fn slice(self, time: EventTime) -> EventTime {
        time.floor(self.slide, 0)
    }

    /// The windows that a slice is part of, earliest first. The last one starts
    /// where the slice does.
    pub fn windows_of(self, slice: EventTime) -> impl Iterator<Item = EventTime> {
        let earlier = self.size.millis().div_euclid(self.slide.millis()) - 1;
        (0..=earlier).rev().map(move |back| slice.sub(self.times(back)))
    }

    /// The slices that a window is made of, earliest first.
    pub fn slices_of(self, window: EventTime) -> impl Iterator<Item = EventTime> {
        let count = self.size.millis().div_euclid(self.slide.millis());
        (0..count).map(move |nth| window.add(self.times(nth)))
    }

    /// Where a window ends; its own end is not part of it.
    pub fn end(self, window: EventTime) -> EventTime {
        window.add(self.size)
    }

    fn times(self, count: i64) -> Span {
        Span::from_millis(self.slide.millis().saturating_mul(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(size: i64, slide: i64, time: i64) -> Vec<(i64, i64)> {
        let windowing = Windowing::new(Span::from_millis(size), Span::from_millis(slide));
        let slice = windowing.slice(EventTime::from_millis(time));
        windowing.windows_of(slice).map(|w| (w.millis(), windowing.end(w).millis())).collect()
    }

    #[test]
    fn tumbling_windows_hold_their_start_and_not_their_end() {
        assert_eq!(windows(10, 10, 0), [(0, 10)]);
        assert_eq!(windows(10, 10, 9), [(0, 10)]);
        assert_eq!(windows(10, 10, 10), [(10, 20)]);
    }

    #[test]
    fn tumbling_windows_floor_downwards_for_negative_times() {
        assert_eq!(windows(10, 10, -1), [(-10, 0)]);
        assert_eq!(windows(10, 10, -10), [(-10, 0)]);
        assert_eq!(windows(10, 10, -11), [(-20, -10)]);
    }

    #[test]
    fn a_sliding_window_on_the_boundary_belongs_to_the_new_slice() {
        assert_eq!(windows(60, 30, 29), [(-30, 30), (0, 60)]);
        assert_eq!(windows(60, 30, 30), [(0, 60), (30, 90)]);
    }

    #[test]
    fn slices_and_windows_name_each_other() {
        let windowing = Windowing::new(Span::from_millis(100), Span::from_millis(20));
        for window in [-200, -20, 0, 40].map(EventTime::from_millis) {
            for slice in windowing.slices_of(window) {
                assert!(windowing.windows_of(slice).any(|w| w == window), "{window:?} {slice:?}");
            }
            let starts: Vec<i64> =
                windowing.slices_of(window).map(|s| s.millis() - window.millis()).collect();
            assert_eq!(starts, [0, 20, 40, 60, 80]);
        }
    }
}
