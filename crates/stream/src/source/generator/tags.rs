//! The hashtags: some that one may meet, and pairs of words for the long tail.

/// How many tags there are.
pub(super) const COUNT: usize = 20_000;

/// The tags that may become popular. None repeats.
pub(super) const HEAD: [&str; 96] = [
    "rust",
    "grafana",
    "streaming",
    "dataviz",
    "opensource",
    "bigdata",
    "devops",
    "linux",
    "kubernetes",
    "AI",
    "python",
    "webdev",
    "cloud",
    "security",
    "golang",
    "javascript",
    "observability",
    "kafka",
    "berlin",
    "buzzwords",
    "東京",
    "música",
    "fútbol",
    "München",
    "日本",
    "photography",
    "travel",
    "coffee",
    "nature",
    "climate",
    "データ",
    "science",
    "space",
    "health",
    "running",
    "cycling",
    "chess",
    "books",
    "film",
    "design",
    "startup",
    "jobs",
    "remote",
    "hiring",
    "news",
    "weather",
    "election",
    "economy",
    "energy",
    "solar",
    "桜",
    "猫",
    "anime",
    "gaming",
    "esports",
    "nba",
    "football",
    "worldcup",
    "f1",
    "tennis",
    "café",
    "recetas",
    "madrid",
    "noticias",
    "educação",
    "carnaval",
    "praia",
    "natureza",
    "Kaffee",
    "Wetter",
    "Bahn",
    "köln",
    "москва",
    "космос",
    "서울",
    "음악",
    "art",
    "poetry",
    "history",
    "maths",
    "physics",
    "biology",
    "robots",
    "drones",
    "android",
    "ios",
    "database",
    "sql",
    "postgres",
    "redis",
    "wasm",
    "compilers",
    "testing",
    "monday",
    "friday",
    "weekend",
];

/// Words that make pairs.
const WORDS: [&str; 143] = [
    "blue", "green", "red", "golden", "silent", "happy", "lazy", "brave", "tiny", "giant", "quick", "slow",
    "early", "late", "bright", "dark", "wild", "calm", "fresh", "old", "new", "young", "cold", "warm",
    "sweet", "bitter", "round", "flat", "sharp", "soft", "heavy", "light", "river", "ocean", "mountain",
    "forest", "desert", "island", "valley", "garden", "meadow", "harbor", "bridge", "tower", "castle",
    "village", "city", "street", "market", "station", "airport", "library", "museum", "theater", "kitchen",
    "window", "door", "roof", "floor", "table", "chair", "lamp", "clock", "mirror", "camera", "guitar",
    "piano", "violin", "drum", "radio", "phone", "laptop", "keyboard", "screen", "cable", "router", "server",
    "packet", "signal", "sensor", "engine", "rocket", "planet", "comet", "star", "moon", "sun", "cloudy",
    "rain", "snow", "storm", "wind", "thunder", "spring", "summer", "autumn", "winter", "morning", "noon",
    "evening", "night", "bread", "cheese", "apple", "lemon", "orange", "cherry", "pepper", "tea", "cocoa",
    "honey", "tiger", "lion", "eagle", "falcon", "dolphin", "whale", "turtle", "rabbit", "fox", "wolf",
    "bear", "panda", "koala", "horse", "zebra", "spider", "bee", "ant", "panther", "parrot", "team", "crew",
    "club", "school", "lab", "studio", "fest", "day", "week", "talk", "show", "live",
];

/// All tags' texts in one, for speed.
pub(super) struct Tags {
    text: String,
    ends: Vec<u32>,
    lengths: Vec<u8>,
}

impl Tags {
    pub(super) fn new() -> Self {
        let mut tags = Tags { text: String::new(), ends: vec![0], lengths: Vec::new() };
        HEAD.iter().for_each(|tag| tags.add(&[tag]));
        for pair in 0..COUNT - HEAD.len() {
            // Neighbours in rank share no word.
            let pair = (pair * 7_919).rem_euclid(WORDS.len() * WORDS.len());
            tags.add(&[WORDS[pair / WORDS.len()], WORDS[pair % WORDS.len()]]);
        }
        tags
    }

    fn add(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.text.push_str(part));
        self.ends.push(self.text.len() as u32);
        self.lengths.push(parts.iter().map(|part| part.chars().count()).sum::<usize>() as u8);
    }

    /// A tag, and its length in characters.
    pub(super) fn get(&self, tag: usize) -> (&str, usize) {
        let (start, end) = (self.ends[tag] as usize, self.ends[tag + 1] as usize);
        (&self.text[start..end], self.lengths[tag].into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_tag_is_another() {
        let tags = Tags::new();
        let all: HashSet<&str> = (0..COUNT).map(|tag| tags.get(tag).0).collect();
        assert_eq!(all.len(), COUNT);
        assert!((0..COUNT).all(|tag| tags.get(tag).0.chars().count() == tags.get(tag).1));
    }
}
