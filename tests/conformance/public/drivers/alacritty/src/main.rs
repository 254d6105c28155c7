//! Alacritty's terminal behind the protocol of vt_dump.
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};
use std::rc::Rc;

use alacritty_terminal::ansi::{Color, Processor};
use alacritty_terminal::config::Config;
use alacritty_terminal::event::{Event, EventListener, WindowSize};
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::term::color::Rgb;
use alacritty_terminal::term::test::TermSize;
use alacritty_terminal::term::{Term, TermMode};

/// What the terminal asks of its window.
#[derive(Default)]
struct Asked {
    reply: Vec<u8>,
    title: String,
    size: (usize, usize),
}

#[derive(Clone, Default)]
struct Listener(Rc<RefCell<Asked>>);

impl EventListener for Listener {
    fn send_event(&self, event: Event) {
        let mut asked = self.0.borrow_mut();
        match event {
            Event::PtyWrite(text) => asked.reply.extend_from_slice(text.as_bytes()),
            Event::Title(text) => asked.title = text,
            Event::ResetTitle => asked.title.clear(),
            Event::ColorRequest(_, answer) => {
                let text = answer(Rgb { r: 0, g: 0, b: 0 });
                asked.reply.extend_from_slice(text.as_bytes());
            }
            Event::TextAreaSizeRequest(answer) => {
                let (cols, rows) = asked.size;
                let size = WindowSize {
                    num_lines: rows as u16,
                    num_cols: cols as u16,
                    cell_width: 10,
                    cell_height: 20,
                };
                asked.reply.extend_from_slice(answer(size).as_bytes());
            }
            _ => {}
        }
    }
}

struct Session {
    term: Term<Listener>,
    parser: Processor,
    listener: Listener,
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn color_name(color: Color) -> String {
    match color {
        Color::Named(name) if (name as usize) < 16 => (name as usize).to_string(),
        Color::Named(_) => String::new(),
        Color::Indexed(index) => index.to_string(),
        Color::Spec(rgb) => format!("#{:02x}{:02x}{:02x}", rgb.r, rgb.g, rgb.b),
    }
}

fn look(cell: &Cell) -> String {
    let kinds = [
        (Flags::BOLD, "bold"),
        (Flags::DIM, "faint"),
        (Flags::ITALIC, "italic"),
        (Flags::INVERSE, "inverse"),
        (Flags::HIDDEN, "invisible"),
        (Flags::STRIKEOUT, "strike"),
    ];
    let flags: Vec<&str> =
        kinds.iter().filter(|(bit, _)| cell.flags.contains(*bit)).map(|(_, name)| *name).collect();
    let lines = [
        Flags::UNDERLINE,
        Flags::DOUBLE_UNDERLINE,
        Flags::UNDERCURL,
        Flags::DOTTED_UNDERLINE,
        Flags::DASHED_UNDERLINE,
    ];
    let underline = lines.iter().position(|bit| cell.flags.contains(*bit)).map_or(0, |at| at + 1);
    let link = cell.hyperlink().map_or(String::new(), |link| link.uri().to_string());
    format!(
        "{{\"fg\":{},\"bg\":{},\"ul\":{},\"underline\":{},\"flags\":{},\"link\":{}}}",
        quoted(&color_name(cell.fg)),
        quoted(&color_name(cell.bg)),
        quoted(&cell.underline_color().map_or(String::new(), color_name)),
        underline,
        quoted(&flags.join(" ")),
        quoted(&link)
    )
}

impl Session {
    fn new(cols: usize, rows: usize, scrollback: u32) -> Session {
        let mut config = Config::default();
        config.scrolling.set_history(scrollback);
        let listener = Listener::default();
        listener.0.borrow_mut().size = (cols, rows);
        let term = Term::new(&config, &TermSize::new(cols, rows), listener.clone());
        Session { term, parser: Processor::new(), listener }
    }

    fn line(&self, line: i32, looks: &mut Vec<String>, numbers: &mut HashMap<String, usize>) -> String {
        let row = &self.term.grid()[Line(line)];
        let cols = self.term.columns();
        let mut cells = Vec::new();
        for col in 0..cols {
            let cell = &row[Column(col)];
            let form = look(cell);
            let number = *numbers.entry(form.clone()).or_insert_with(|| {
                looks.push(form);
                looks.len() - 1
            });
            let tail = cell.flags.contains(Flags::WIDE_CHAR_SPACER);
            let mut text = String::new();
            if !tail {
                text.push(if cell.c == '\t' { ' ' } else { cell.c });
                text.extend(cell.zerowidth().unwrap_or(&[]).iter());
            }
            let width = if tail { 0 } else { 1 + cell.flags.contains(Flags::WIDE_CHAR) as usize };
            cells.push(format!("[{},{},{}]", quoted(&text), width, number));
        }
        let wrapped = row[Column(cols - 1)].flags.contains(Flags::WRAPLINE);
        format!("{{\"wrapped\":{},\"cells\":[{}]}}", wrapped, cells.join(","))
    }

    fn dump(&self) -> String {
        let (mut looks, mut numbers) = (Vec::new(), HashMap::new());
        let rows = self.term.screen_lines() as i32;
        let above = self.term.grid().history_size() as i32;
        let screen: Vec<String> = (0..rows).map(|y| self.line(y, &mut looks, &mut numbers)).collect();
        let history: Vec<String> = (-above..0).map(|y| self.line(y, &mut looks, &mut numbers)).collect();
        let cursor = &self.term.grid().cursor;
        format!(
            "{{\"cols\":{},\"rows\":{},\"cursor\":[{},{}],\"pending\":{},\"visible\":{},\"alternate\":{},\
             \"title\":{},\"screen\":[{}],\"scrollback\":[{}],\"looks\":[{}]}}",
            self.term.columns(),
            rows,
            cursor.point.column.0,
            cursor.point.line.0,
            cursor.input_needs_wrap,
            self.term.mode().contains(TermMode::SHOW_CURSOR),
            self.term.mode().contains(TermMode::ALT_SCREEN),
            quoted(&self.listener.0.borrow().title),
            screen.join(","),
            history.join(","),
            looks.join(",")
        )
    }
}

fn main() -> io::Result<()> {
    let stdin = io::stdin();
    let mut input = stdin.lock();
    let mut session = Session::new(80, 24, 1000);
    let mut line = String::new();
    while input.read_line(&mut line)? != 0 {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |i: usize| words.get(i).and_then(|w| w.parse::<usize>().ok()).unwrap_or(0);
        let answer = match words.first().copied() {
            Some("reset") => {
                session = Session::new(number(1), number(2), number(3) as u32);
                "{}".to_string()
            }
            Some("resize") => {
                session.listener.0.borrow_mut().size = (number(1), number(2));
                session.term.resize(TermSize::new(number(1), number(2)));
                "{}".to_string()
            }
            Some("feed") => {
                let mut bytes = vec![0; number(1)];
                input.read_exact(&mut bytes)?;
                for byte in bytes {
                    session.parser.advance(&mut session.term, byte);
                }
                let reply = std::mem::take(&mut session.listener.0.borrow_mut().reply);
                let digits: String = reply.iter().map(|byte| format!("{:02x}", byte)).collect();
                format!("{{\"reply\":\"{}\"}}", digits)
            }
            Some("dump") => session.dump(),
            _ => std::process::exit(2),
        };
        println!("{}", answer);
        io::stdout().flush()?;
        line.clear();
    }
    Ok(())
}
