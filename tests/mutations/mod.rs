//! Configurations as tired hands and broken disks leave them: the same thousand at every run.

/// A stream of numbers that a seed decides (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).expect("below a usize")
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const VALUES: &[&str] = &[
    "3",
    "-1",
    "0",
    "1.5",
    "nan",
    "99999999999999999999",
    "true",
    "\"\"",
    "\" \"",
    "\"x\"",
    "'x'",
    "[]",
    "[1, \"a\"]",
    "{}",
    "{ file = \"none\" }",
    "{ credential = \"../x\" }",
    "1979-05-27",
    "\"0s\"",
    "\"15\"",
    "\"15x\"",
    "\"-5m\"",
    "\"9999999999d\"",
    "\"5 m\"",
    "\"8MB\"",
    "\"1TiB\"",
    "\"http://\"",
    "\"ftp://a.vn/\"",
    "\"https://a:b@a.vn/\"",
    "\"//a\"",
    "\"* * *\"",
    "\"0 0 0 31 2 *\"",
    "\"Mars/Phobos\"",
    "\"xx-YY-zz-\"",
    "\"127.0.0.0/99\"",
    "\"Ünïcödé 新聞\"",
    "\"\\u0000\"",
    "\"\\q\"",
    "\"\"\"",
    "[[1]]",
    "inf",
    "0x7f",
    "\"60s\"",
    "\"2h\"",
    "\"vi\"",
    "20",
    "1",
    "false",
    "[\"a\"]",
    "\"a\\nb\"",
];

const HEADERS: &[&str] = &[
    "[fetch]",
    "[[fetch]]",
    "[paper]",
    "[[paper]]",
    "[paper.section]",
    "[[paper.section]]",
    "[[section]]",
    "[history.keep]",
    "[serve.fetch]",
    "[[paper.section.selectors]]",
    "[]",
    "[[paper]",
    "[\"\"]",
    "[hub]",
    "[[webhook]]",
    "[[channel]]",
    "[backup]",
];

/// A configuration with up to three things wrong with it.
pub(crate) fn mutated(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.below(10) / 6 {
        bytes = match dice.below(24) {
            0..=7 => by_characters(&String::from_utf8_lossy(&bytes), dice).into_bytes(),
            8..=19 => by_lines(&String::from_utf8_lossy(&bytes), dice).into_bytes(),
            _ => by_bytes(bytes, dice),
        };
    }
    bytes
}

/// A line that says something.
fn telling(lines: &[String], dice: &mut Dice) -> usize {
    let telling = |line: &String| !line.trim().is_empty() && !line.starts_with('#');
    let places: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| telling(line)).map(|(at, _)| at).collect();
    places.get(dice.below(places.len())).copied().unwrap_or(0)
}

/// Another digit or letter in a value: what is meant changes, and often still is a configuration.
fn by_characters(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = telling(&lines, dice);
    let Some((key, value)) = lines.get(at).and_then(|line| line.split_once('=')) else { return text.to_owned() };
    let mut letters: Vec<char> = value.chars().collect();
    let places: Vec<usize> = (0..letters.len()).filter(|at| letters[*at].is_alphanumeric()).collect();
    if let Some(place) = places.get(dice.below(places.len())) {
        let all = if letters[*place].is_ascii_digit() { "0123456789" } else { "abgkmtxđếữ" };
        letters[*place] = all.chars().nth(dice.below(10)).unwrap_or('a');
    }
    lines[at] = format!("{key}={}", letters.into_iter().collect::<String>());
    lines.join("\n") + "\n"
}

fn by_lines(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return dice.of(HEADERS).to_owned();
    }
    let (at, other) = (telling(&lines, dice), telling(&lines, dice));
    let with_value = |line: &str, value: &str| match line.split_once('=') {
        Some((key, _)) => format!("{key}= {value}"),
        None => format!("key = {value}"),
    };
    match dice.below(12) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(other, lines[at].clone()),
        2 => lines.swap(at, other),
        3..=6 => lines[at] = with_value(&lines[at], dice.of(VALUES)),
        7 => {
            // another key's value
            let value = lines[other].split_once('=').map_or("1", |(_, value)| value.trim()).to_owned();
            lines[at] = with_value(&lines[at], &value);
        }
        8 => {
            // two letters of a key, swapped
            let mut letters: Vec<char> = lines[at].chars().collect();
            if letters.len() > 4 {
                letters.swap(1, 2);
            }
            lines[at] = letters.into_iter().collect();
        }
        9 => lines.insert(at, dice.of(HEADERS).to_owned()),
        10 => lines[at] = lines[at].replace('-', "_").to_uppercase(),
        _ => {
            // a stretch goes
            let end = (at + 1 + dice.below(12)).min(lines.len());
            lines.drain(at..end);
        }
    }
    lines.join(dice.of(&["\n", "\n", "\n", "\r\n"])) + "\n"
}

fn by_bytes(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len());
    match dice.below(9) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, 0xff),
        2 => bytes.insert(at, dice.of(&["\"", "[", "]", "=", "{", "\0", "\u{7f}", "'", "#", "\\"]).as_bytes()[0]),
        3 if !bytes.is_empty() => drop(bytes.remove(at)),
        4 => bytes.clear(),
        5 => bytes = dice.of(&["\n \t\n", "# nothing\n", "\u{feff}", "{", "<opml/>"]).as_bytes().to_vec(),
        6 => drop(bytes.splice(0..0, "\u{feff}".bytes())),
        7 => bytes.extend(format!("\nhuge = \"{}\"\n", "x".repeat(1 << 16)).bytes()),
        // a letter cut in two, where there is one
        _ => bytes.retain(|byte| *byte != 0xbb),
    }
    bytes
}
