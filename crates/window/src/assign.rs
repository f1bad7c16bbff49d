//! Time to windows: which slice a time lies in, which windows a slice is part of.

use oriel_time::{EventTime, Span};

/// Which windows there are. A window is `[start, end)` and is named by its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Windowing {
    /// One window that holds all of time.
    Global,
    /// Windows of one size, one starting every `slide`, aligned to the Unix epoch plus
    /// an offset. Tumbling windows are those whose slide is their size. A window is
    /// made of `size / slide` slices, which are named by their starts too.
    Aligned {
        /// The length of a window.
        size: Span,
        /// The distance between the starts of two windows.
        slide: Span,
        /// How far after the Unix epoch a window starts.
        offset: Span,
    },
    /// Per key: as long as records come closer together than the gap.
    Session {
        /// How long a record keeps its session open.
        gap: Span,
    },
}

impl Windowing {
    /// Windows of that size, one after the other.
    ///
    /// # Panics
    /// Unless the size is positive.
    pub fn tumbling(size: Span) -> Self {
        Windowing::sliding(size, size)
    }

    /// Windows of that size and slide.
    ///
    /// # Panics
    /// Unless the slide is positive and the size a multiple of it.
    pub fn sliding(size: Span, slide: Span) -> Self {
        assert!(slide > Span::ZERO && size > Span::ZERO, "a window has a length");
        assert!(size.millis().rem_euclid(slide.millis()) == 0, "a window is made of whole slices");
        Windowing::Aligned { size, slide, offset: Span::ZERO }
    }

    /// The same windows, aligned to so long after the Unix epoch.
    #[must_use]
    pub fn offset(self, by: Span) -> Self {
        match self {
            Windowing::Aligned { size, slide, .. } => {
                let offset = Span::from_millis(by.millis().rem_euclid(slide.millis()));
                Windowing::Aligned { size, slide, offset }
            }
            other => other,
        }
    }

    /// The slice that the time lies in; of sessions the time itself.
    pub fn slice(self, time: EventTime) -> EventTime {
        match self {
            Windowing::Global => EventTime::BEGINNING,
            Windowing::Aligned { slide, offset, .. } => time.floor(slide, offset.millis()),
            Windowing::Session { .. } => time,
        }
    }

    /// Where a slice ends; of sessions, where the session of one record at that time does.
    pub fn slice_end(self, slice: EventTime) -> EventTime {
        match self {
            Windowing::Global => EventTime::END,
            Windowing::Aligned { slide, .. } => slice.add(slide),
            Windowing::Session { gap } => slice.add(gap),
        }
    }

    /// The windows that a slice is part of, earliest first. The last one starts where
    /// the slice does.
    pub fn windows_of(self, slice: EventTime) -> impl DoubleEndedIterator<Item = EventTime> {
        let slide = match self {
            Windowing::Aligned { slide, .. } => slide.millis(),
            _ => 0,
        };
        let earlier = self.overlap() - 1;
        (0..=earlier).rev().map(move |back| slice.sub(Span::from_millis(slide.saturating_mul(back))))
    }

    /// In how many windows a record counts.
    pub fn overlap(self) -> i64 {
        match self {
            Windowing::Aligned { size, slide, .. } if size > slide => {
                size.millis().div_euclid(slide.millis())
            }
            _ => 1,
        }
    }

    /// Where a window ends; its own end is not part of it. Sessions know theirs.
    pub fn end(self, window: EventTime) -> EventTime {
        match self {
            Windowing::Global => EventTime::END,
            Windowing::Aligned { size, .. } => window.add(size),
            Windowing::Session { gap } => window.add(gap),
        }
    }

    /// The least time that a window is long; none for the window that holds all of time.
    pub fn length(self) -> Option<Span> {
        match self {
            Windowing::Global => None,
            Windowing::Aligned { size, .. } => Some(size),
            Windowing::Session { gap } => Some(gap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> EventTime {
        EventTime::from_millis(millis)
    }

    fn span(millis: i64) -> Span {
        Span::from_millis(millis)
    }

    fn of(windowing: Windowing, time: i64) -> Vec<(i64, i64)> {
        let slice = windowing.slice(at(time));
        windowing.windows_of(slice).map(|w| (w.millis(), windowing.end(w).millis())).collect()
    }

    fn windows(size: i64, slide: i64, time: i64) -> Vec<(i64, i64)> {
        of(Windowing::sliding(span(size), span(slide)), time)
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
    fn an_offset_moves_the_starts_by_less_than_a_slide() {
        let tumbling = Windowing::tumbling(span(10));
        assert_eq!(of(tumbling.offset(span(3)), 2), [(-7, 3)]);
        assert_eq!(of(tumbling.offset(span(3)), 3), [(3, 13)]);
        assert_eq!(tumbling.offset(span(-7)), tumbling.offset(span(13)));
        assert_eq!(of(Windowing::sliding(span(60), span(30)).offset(span(5)), 34), [(-25, 35), (5, 65)]);
    }

    #[test]
    fn the_global_window_holds_every_time() {
        for time in [EventTime::FIRST, at(-1), at(0), EventTime::LAST] {
            let slice = Windowing::Global.slice(time);
            assert!(slice <= time && time < Windowing::Global.slice_end(slice));
            let windows: Vec<_> = Windowing::Global.windows_of(slice).collect();
            assert_eq!(windows, [EventTime::BEGINNING]);
        }
        assert_eq!(Windowing::Global.end(EventTime::BEGINNING), EventTime::END);
    }
}
