//! What the tweets say: phrases in a few languages, as they stand inside JSON.

/// A language, how often it is spoken, and what is said in it.
pub(super) struct Language {
    pub(super) code: &'static str,
    /// Of 100 tweets.
    pub(super) share: usize,
    /// What stands between phrases.
    pub(super) gap: &'static str,
    /// Escaped as in JSON.
    pub(super) phrases: &'static [&'static str],
}

/// The languages; their shares make 100.
pub(super) const LANGUAGES: [Language; 7] = [
    Language {
        code: "en",
        share: 48,
        gap: " ",
        phrases: &[
            "just shipped it",
            "what a day",
            "the new dashboard is live",
            "anyone else seeing this?",
            "good morning",
            "reading about windows and watermarks",
            "can't believe it",
            "so \\\"real time\\\" means now",
            "coffee first",
            "loving the view from here",
            "numbers are moving",
            "this talk is great",
            "who is at the conference?",
            "on my way home",
            "finally some sun",
            "it works on my machine",
            "see you there",
            "big news tomorrow",
            "thread:",
            "count them all",
            "late again",
            "we are hiring",
            "one more thing",
            "thanks everyone",
        ],
    },
    Language {
        code: "ja",
        share: 17,
        gap: "",
        phrases: &[
            "おはようございます。",
            "今日は天気がいいですね。",
            "東京は雨です。",
            "新しいダッシュボードができました!",
            "コーヒーを飲みながら",
            "電車が遅れています。",
            "これはすごい。",
            "データが流れてくる。",
            "また明日。",
            "お疲れさまでした。",
        ],
    },
    Language {
        code: "es",
        share: 12,
        gap: " ",
        phrases: &[
            "buenos días",
            "qué calor hace hoy",
            "mañana será otro día",
            "¡vamos equipo!",
            "no me lo puedo creer",
            "el tren llega tarde",
            "los números suben",
            "¿alguien más lo ve?",
            "nos vemos pronto",
            "feliz año",
        ],
    },
    Language {
        code: "pt",
        share: 9,
        gap: " ",
        phrases: &[
            "bom dia",
            "que saudade",
            "o café está pronto",
            "não acredito",
            "amanhã tem mais",
            "obrigado a todos",
            "a praia está linda",
            "os números não mentem",
            "até já",
            "vamos lá",
        ],
    },
    Language {
        code: "de",
        share: 6,
        gap: " ",
        phrases: &[
            "guten Morgen",
            "schönes Wetter heute",
            "der Zug hat Verspätung",
            "läuft bei uns",
            "größer als gedacht",
            "bis später",
            "das Fenster schließt gleich",
            "endlich Wochenende",
            "wer ist dabei?",
            "alles gezählt",
        ],
    },
    Language {
        code: "ko",
        share: 4,
        gap: " ",
        phrases: &[
            "좋은 아침입니다",
            "오늘 날씨가 좋네요",
            "커피 한 잔",
            "데이터가 흐른다",
            "내일 봐요",
            "정말 대단해",
        ],
    },
    Language {
        code: "ru",
        share: 4,
        gap: " ",
        phrases: &[
            "доброе утро",
            "какой день",
            "поезд опаздывает",
            "числа растут",
            "до завтра",
            "спасибо всем",
        ],
    },
];

/// The language at a place from 0 to 99.
pub(super) fn language(mut place: usize) -> &'static Language {
    for language in &LANGUAGES {
        if place < language.share {
            return language;
        }
        place -= language.share;
    }
    &LANGUAGES[0]
}

/// Characters of a phrase once its escapes are read.
pub(super) fn length(phrase: &str) -> usize {
    phrase.chars().count() - phrase.matches('\\').count()
}
