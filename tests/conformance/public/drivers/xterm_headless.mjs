// xterm.js without a page, behind the protocol of vt_dump. Arguments: the folder that has node_modules/@xterm/headless.
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(path.resolve(process.argv[2] ?? '.', 'package.json'))
const { Terminal } = require('@xterm/headless')

let terminal
let replies = []

function reset(cols, rows, scrollback) {
  terminal?.dispose()
  terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: 'off' })
  terminal.onData((text) => replies.push(Buffer.from(text, 'utf8')))
  terminal.onBinary((text) => replies.push(Buffer.from(text, 'latin1')))
}

const write = (bytes) => new Promise((done) => terminal.write(bytes, done))

function color(cell, which) {
  const value = cell[`get${which}Color`]()
  if (cell[`is${which}RGB`]()) return '#' + value.toString(16).padStart(6, '0')
  return cell[`is${which}Palette`]() ? String(value) : ''
}

const names = { bold: 'isBold', faint: 'isDim', italic: 'isItalic', blink: 'isBlink', inverse: 'isInverse',
  invisible: 'isInvisible', strike: 'isStrikethrough', overline: 'isOverline' }

/** What the public interface does not tell: kind and colour of the underline, links and guarded cells. */
function hidden(cell) {
  const extended = cell.extended
  let underline = cell.isUnderline() ? 1 : 0
  let ul = ''
  if (underline && cell.hasExtendedAttrs?.()) {
    // The getter says dashed for every link.
    underline = ((extended._ext >> 26) & 7) || underline
    if (!cell.isUnderlineColorDefault()) {
      const value = cell.getUnderlineColor()
      ul = cell.isUnderlineColorRGB() ? '#' + value.toString(16).padStart(6, '0') : String(value)
    }
  }
  const id = extended?.urlId ?? 0
  const link = id ? (terminal._core._oscLinkService.getLinkData(id)?.uri ?? '') : ''
  return { underline, ul, link, guarded: !!cell.isProtected?.() }
}

function look(cell) {
  const more = hidden(cell)
  const flags = Object.keys(names).filter((name) => cell[names[name]]())
  if (more.guarded) flags.push('guarded')
  return { fg: color(cell, 'Fg'), bg: color(cell, 'Bg'), ul: more.ul, underline: more.underline,
    flags: flags.join(' '), link: more.link }
}

function dump() {
  const buffer = terminal.buffer.active
  const looks = []
  const numbers = new Map()
  const line = (y) => {
    const source = buffer.getLine(y)
    const cells = []
    for (let x = 0; x < terminal.cols; ++x) {
      const cell = source?.getCell(x)
      if (!cell) {
        cells.push([' ', 1, 0])
        continue
      }
      const form = look(cell)
      const key = JSON.stringify(form)
      if (!numbers.has(key)) {
        numbers.set(key, looks.length)
        looks.push(form)
      }
      const width = cell.getWidth()
      cells.push([cell.getChars() || (width === 0 ? '' : ' '), width, numbers.get(key)])
    }
    return { wrapped: buffer.getLine(y + 1)?.isWrapped ?? false, cells }
  }
  const range = (from, to) => Array.from({ length: to - from }, (_, i) => line(from + i))
  const x = Math.min(buffer.cursorX, terminal.cols - 1)
  return { cols: terminal.cols, rows: terminal.rows, cursor: [x, buffer.cursorY],
    pending: buffer.cursorX === terminal.cols, visible: !terminal._core.coreService.isCursorHidden,
    alternate: buffer.type === 'alternate', title: terminal._core.windowTitle ?? '',
    screen: range(buffer.baseY, buffer.baseY + terminal.rows), scrollback: range(0, buffer.baseY), looks }
}

let input = Buffer.alloc(0)
let ended = false
let wake = () => {}
process.stdin.on('data', (bytes) => {
  input = Buffer.concat([input, bytes])
  wake()
})
process.stdin.on('end', () => {
  ended = true
  wake()
})
const more = () => new Promise((done) => { wake = done })

async function take(count) {
  while (input.length < count && !ended) await more()
  const bytes = input.subarray(0, count)
  input = input.subarray(count)
  return bytes
}

async function line() {
  while (!input.includes(10) && !ended) await more()
  const end = input.indexOf(10)
  return end < 0 ? null : (await take(end + 1)).toString().trim()
}

reset(80, 24, 1000)
for (let command; (command = await line()) !== null; ) {
  const [name, ...numbers] = command.split(' ')
  const [a, b, c] = numbers.map(Number)
  let answer = {}
  if (name === 'reset') reset(a, b, c)
  else if (name === 'resize') terminal.resize(a, b)
  else if (name === 'dump') answer = dump()
  else if (name === 'feed') {
    replies = []
    const bytes = await take(a)
    try {
      await write(bytes)
    } catch (error) {
      console.error(`xterm.js threw: ${error.message}`)
    }
    answer = { reply: Buffer.concat(replies).toString('hex') }
  } else process.exit(2)
  process.stdout.write(JSON.stringify(answer) + '\n')
}
