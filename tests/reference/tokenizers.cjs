// tokenizers: small tokenizers of every kind that we read, and what Hugging Face's own library makes of many texts.
//
//   npm install tokenizers@0.23.2          (in a directory of its own; the package carries the compiled library)
//   NODE_PATH=…/node_modules node tests/reference/tokenizers.cjs tests/data/tokenizers [TEXT…]
//
// Without TEXT, vocabularies are learned from examples/*/corpus.txt and golden.tsv is written beside each tokenizer.
// With TEXT (files, a text a line), nothing is written but DIRECTORY/KIND/lines.tsv: the same for every line of them.
//
// golden.tsv, tab-separated: text, ids, offsets (in characters of the text, start:end); or for pairs: most tokens, text,
// second text, ids, offsets. In texts, \\ is a backslash, and \uXXXX stands for control characters and line ends (and a first #).
'use strict';
const fs = require('fs');
const path = require('path');
const os = require('os');
const hf = require('tokenizers');

const root = path.join(__dirname, '..', '..');
const [out, ...textFiles] = process.argv.slice(2);
if (!out) {
  console.error('usage: node tokenizers.cjs DIRECTORY [TEXT…]');
  process.exit(2);
}

// ---- texts -----------------------------------------------------------------------------------------------------

const corpus = ['finance', 'medical'].map((name) => path.join(root, 'examples', name, 'corpus.txt'));

const phrases = [
  "It's John's; they'll say we've won, I'm sure he'd (she'd?) know they're here. 'tis 'SHOUTED'S' ''s",
  'Aspirin 81 mg/day reduced MI risk by 12.5% (95% CI: 0.79–0.98; p<0.001).',
  'Größe, naïve café, Ångström, smörgåsbord, İstanbul, ΑΣΣΟΣ, ŒUVRE, straße',
  'e\u0301a\u0300\u0323o\u0308\u0304 \u1e69 s\u0323\u0307 s\u0307\u0323 q\u0307\u0323 \u0344 \u212b',
  '中文字符和English混合，标点。日本語テキスト ｶﾞｷﾞｸﾞ ハﾟ 한국어 텍스트 \u1112\u1161\u11ab',
  'Привет, мир! Ёлка йод. שלום עולם. مرحبا بالعالم ١٢٣. नमस्ते दुनिया १२३. สวัสดีชาวโลก',
  'emoji 😀👍🏽👨‍👩‍👧‍👦🇩🇪 ☃️ ❤️\u200d🔥 ✂ a\u20e3 x\ufe0f',
  'ﬁne ﬀ ﬃ Ｆｕｌｌ ｗｉｄｔｈ １２３ ½ ⅓ ² ³ ₂ Ⅷ ™ © ℃ ㎏ ﷺ … ‥ ＂＇',
  'tabs\tand  two   three    four\n\nlines \r\n carriage\rreturn \u00a0nbsp \u3000ideographic\u2003em\u200bzero \u2028sep\u2029par',
  'control \u0000\u0001\u0007\u001b\u007f\u0080\u0085\u009f\u00ad\u200e\u202a\ufeff\ufffd end',
  '<s>text</s> <pad><unk> <mask> a<mask>b  <mask>  [CLS] [SEP] [MASK] [mask] [UNK][PAD] <MASK>',
  '  <mask>\t<mask>\n|||IP_ADDRESS||| x |||ip_address|||  <|padding|>        eight                    twenty',
  "``quoted'' ''double`` `single' \"plain\" ¨ ´ ` ^ ~ ¸ ＾ ‘’“”«»",
  'foo_bar-baz.qux@example.org https://example.org/a?b=c&d=%20#frag C:\\path\\file $1,234.56 €5 £6 #tag @user',
  '▁ ▁▁ a▁b ▁c Ġ Ġa aĠ Ċ',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒇𝒐𝒏𝒕𝒔 𐌰𐌱 𒀀 🜁 \ud83c\udf1d\u{10ffff}\u{e000}\u{f0000}\u0378\u{1fbf1}',
  '\u0300start \u093f\u0902 \u0e33 \u0f73 \u1100\u1161 \u09c7\u09be \u0b47\u0b3e \u1025\u102e \u3099',
  "don't DON'T can't won't it's IT'S 'll 've 're 'd 'm 't 's 'S ' s",
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'thrombocytopeniahyperlipidemiaelectroencephalographicpneumonoultramicroscopicsilicovolcanoconiosispharmacovigilance',
  'Newword newWord NEWWORD xnewword newwordy (newword) newword. été ÉTÉ e\u0301te\u0301',
  '', ' ', '  ', '\n', '\t \n', 'a', ' a', 'a ', ' a ', '.', ' .', '\u00e9', ' \u00e9', '\u3000', '😀',
];

// A small generator of our own (xorshift32), so that the same texts come out everywhere.
let state = 2463534242;
const random = (n) => {
  state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
  return (state >>> 0) % n;
};

function mixtures(count) {
  const pieces = phrases.join(' ').split(/(?<=[ \t\n])/).filter((p) => p.length > 0);
  const spaces = [' ', '', '  ', '\t', '\n', '\u00a0', '\u3000', '\r\n', '   ', '\u200b'];
  const lines = [];
  for (let k = 0; k < count; k++) {
    let line = '';
    for (let n = 1 + random(9); n > 0; n--) {
      line += pieces[random(pieces.length)].trim() + spaces[random(3) ? 0 : random(spaces.length)];
    }
    lines.push(line);
  }
  return lines;
}

const sentences = () => fs.readFileSync(corpus[1], 'utf8').split('\n').filter((l) => l.length > 20).slice(0, 40);

// ---- vocabularies ----------------------------------------------------------------------------------------------

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'tokenizers-'));

function trained(model, preTokenizer, normalizer) {
  const tokenizer = new hf.Tokenizer(model);
  tokenizer.setPreTokenizer(preTokenizer);
  if (normalizer) {
    tokenizer.setNormalizer(normalizer);
  }
  const extra = path.join(temporary, 'phrases.txt');
  fs.writeFileSync(extra, phrases.join('\n') + '\n');
  tokenizer.train([...corpus, extra]);
  const file = path.join(temporary, 'trained.json');
  tokenizer.save(file, false);
  return JSON.parse(fs.readFileSync(file, 'utf8')).model;
}

// The first merges that were learned, with the words that they need; ids after `first` words.
function byteLevelVocabulary(merges, first) {
  const model = trained(hf.BPE.empty(), hf.byteLevelPreTokenizer(false));
  const vocab = {};
  let id = 0;
  for (const word of first) vocab[word] = id++;
  for (const byte of hf.byteLevelAlphabet().sort()) vocab[byte] = id++;
  const kept = model.merges.slice(0, merges).map((m) => (Array.isArray(m) ? m : m.split(' ')));
  for (const [a, b] of kept) if (!(a + b in vocab)) vocab[a + b] = id++;
  return { vocab, merges: kept };
}

// The likeliest pieces that were learned, and every character of Latin-1 that was.
function pieces(count, first, normalizer) {
  const model = trained(hf.Unigram.empty(), hf.metaspacePreTokenizer(), normalizer);
  const learned = model.vocab.slice(1).filter(([piece]) => !first.some(([name]) => name === piece) && !/\0/.test(piece));
  const kept = learned.filter(([piece], k) => k < count || (piece.length === 1 && piece < '\u0250'));
  return [...first, ...kept.map(([piece, score]) => [piece, Math.fround(Math.round(score * 1e4) / 1e4)])];
}

// ---- SentencePiece's files -------------------------------------------------------------------------------------

// A map of characters as SentencePiece compiles it: NFKC of what is Latin, Greek, Cyrillic, kana or full-width, white
// space to blanks, controls to nothing, and some sequences.
function charsmap() {
  const map = new Map();
  const ranges = [[0xa0, 0x250], [0x340, 0x345], [0x37a, 0x3ff], [0x1e00, 0x1e9f], [0x2000, 0x2070], [0x2070, 0x20a0],
    [0x2100, 0x2190], [0x3000, 0x3001], [0x3380, 0x33a0], [0xfb00, 0xfb07], [0xfdfa, 0xfdfb], [0xff01, 0xffa0]];
  for (const [begin, end] of ranges) {
    for (let c = begin; c < end; c++) {
      const text = String.fromCodePoint(c);
      if (text.normalize('NFKC') !== text) map.set(text, text.normalize('NFKC'));
    }
  }
  for (const text of ['\t', '\n', '\r', '\u2028', '\u2029', '\u200b', '\u0085']) map.set(text, ' ');
  for (const c of [1, 2, 7, 0x1b, 0x7f, 0x80, 0x9f, 0xad, 0x200e, 0x202a, 0xfeff]) map.set(String.fromCodePoint(c), '');
  for (const text of ['e\u0301', 'a\u0300', 'o\u0308', 'u\u0308', 'A\u030a', 'か\u3099', '\u1100\u1161', '\r\n']) {
    map.set(text, text === '\r\n' ? ' ' : text.normalize('NFKC'));
  }
  return compile(map);
}

// A double array: the child by byte b of the unit at p is at p ^ offset ^ b (charsmap.h says what units hold).
function compile(map) {
  const texts = [];
  let textSize = 0;
  const trie = { children: new Map(), value: -1 };
  for (const [key, value] of map) {
    let node = trie;
    for (const byte of Buffer.from(key, 'utf8')) {
      if (!node.children.has(byte)) node.children.set(byte, { children: new Map(), value: -1 });
      node = node.children.get(byte);
    }
    node.value = textSize;
    const bytes = Buffer.concat([Buffer.from(value, 'utf8'), Buffer.from([0])]);
    texts.push(bytes);
    textSize += bytes.length;
  }
  const units = [0];
  const used = new Set([0]);
  const place = (node, position) => {
    const labels = [...node.children.keys(), ...(node.value >= 0 ? [0] : [])];
    let base = 1;
    const free = (b) => labels.every((label) => !used.has(b ^ label));
    // An offset, which is base ^ position, has 21 bits, or 8 zero bits behind them.
    while (!free(base) || (base ^ position) >= 1 << 21) base++;
    for (const label of labels) used.add(base ^ label);
    units[position] = ((units[position] || 0) | ((base ^ position) << 10) | (node.value >= 0 ? 1 << 8 : 0)) >>> 0;
    if (node.value >= 0) units[base] = (node.value | (1 << 31)) >>> 0;
    for (const [label, child] of node.children) {
      units[base ^ label] = label;
      place(child, base ^ label);
    }
  };
  place(trie, 0);
  const count = (Math.max(...used) | 255) + 1;
  const bytes = Buffer.alloc(4 + 4 * count);
  bytes.writeUInt32LE(4 * count, 0);
  for (let k = 0; k < count; k++) bytes.writeUInt32LE(units[k] || 0, 4 + 4 * k);
  return Buffer.concat([bytes, ...texts]);
}

// sentencepiece_model.proto, as far as we read it.
function protobuf(list, options) {
  const varint = (n) => { const b = []; do { b.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return Buffer.from(b); };
  const number = (field, n) => Buffer.concat([varint(field << 3), varint(n)]);
  const bytes = (field, b) => Buffer.concat([varint((field << 3) | 2), varint(b.length), b]);
  const float = (field, x) => { const b = Buffer.alloc(4); b.writeFloatLE(x); return Buffer.concat([varint((field << 3) | 5), b]); };
  const parts = list.map(([piece, score], id) => bytes(1, Buffer.concat([bytes(1, Buffer.from(piece)), float(2, score),
    ...(id === options.unknown ? [number(3, 2)] : options.control.includes(piece) ? [number(3, 3)] : [])])));
  parts.push(bytes(2, Buffer.concat([number(3, 1), number(40, options.unknown)])));
  parts.push(bytes(3, Buffer.concat([bytes(1, Buffer.from('nmt_nfkc')), bytes(2, options.charsmap), number(3, 1), number(4, 1)])));
  return Buffer.concat(parts);
}

// ---- the kinds -------------------------------------------------------------------------------------------------

const added = (id, content, flags = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false,
  normalized: false, special: true, ...flags });
const special = (name, type = 0) => ({ SpecialToken: { id: name, type_id: type } });
const sequence = (which, type = 0) => ({ Sequence: { id: which, type_id: type } });
const template = (cls, sep, ids, { separators = 1, second = 1 } = {}) => ({
  type: 'TemplateProcessing',
  single: [special(cls), sequence('A'), special(sep)],
  pair: [special(cls), sequence('A'), ...Array(separators).fill(special(sep)), sequence('B', second), special(sep, second)],
  special_tokens: Object.fromEntries([cls, sep].map((name) => [name, { id: name, ids: [ids[name]], tokens: [name] }])),
});
const document = (parts) => ({ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null,
  pre_tokenizer: null, post_processor: null, decoder: null, ...parts });
const bpe = ({ vocab, merges }, style) => ({ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: style,
  end_of_word_suffix: style, fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab,
  merges: style === '' ? merges.map((m) => m.join(' ')) : merges });
const metaspace = (prepend_scheme) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split: true });
const blanks = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' };

function roberta() {
  const { vocab, merges } = byteLevelVocabulary(400, ['<s>', '<pad>', '</s>', '<unk>']);
  vocab['<mask>'] = Object.keys(vocab).length;
  const json = document({
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'].map((name) => added(vocab[name], name, { lstrip: name === '<mask>' })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: false },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: bpe({ vocab, merges }, ''),
  });
  const names = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', sep_token: '</s>', pad_token: '<pad>', cls_token: '<s>' };
  return { json, files: {
    'vocab.json': JSON.stringify(vocab),
    'merges.txt': '#version: 0.2\n' + merges.map((m) => m.join(' ')).join('\n') + '\n',
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'RobertaTokenizer', model_max_length: 512, add_prefix_space: false, ...names,
      mask_token: { __type: 'AddedToken', content: '<mask>', lstrip: true, normalized: true, rstrip: false, single_word: false } }),
    'special_tokens_map.json': JSON.stringify({ ...names, mask_token: { content: '<mask>', lstrip: true, normalized: false, rstrip: false, single_word: false } }),
  } };
}

// RoBERTa with a blank put before each text, unknown bytes, and the second way to say how offsets are trimmed.
function prefixed() {
  const { vocab, merges } = byteLevelVocabulary(300, ['<s>', '<pad>', '</s>', '<unk>', '<mask>']);
  const rare = 'ãĲ¶ÑòóôõĈĉ';
  const kept = Object.keys(vocab).filter((word) => ![...word].some((c) => rare.includes(c)));
  const ids = Object.fromEntries(kept.map((word, id) => [word, id]));
  const json = document({
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'].map((name) => added(ids[name], name, { lstrip: name === '<mask>' })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    post_processor: { type: 'Sequence', processors: [{ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      template('<s>', '</s>', ids, { separators: 2, second: 0 })] },
    model: { ...bpe({ vocab: ids, merges: merges.filter(([a, b]) => a in ids && b in ids && a + b in ids) }, null), unk_token: '<unk>', fuse_unk: true },
  });
  return { json, files: {} };
}

function modernbert() {
  const { vocab, merges } = byteLevelVocabulary(350, ['|||IP_ADDRESS|||', '<|padding|>']);
  let id = Object.keys(vocab).length;
  const tokens = [added(0, '|||IP_ADDRESS|||', { special: false, normalized: true }), added(1, '<|padding|>')];
  for (let n = 24; n >= 2; n--) tokens.push(added(id++, ' '.repeat(n), { special: false, normalized: true }));
  const ids = {};
  for (const name of ['[UNK]', '[CLS]', '[SEP]', '[PAD]', '[MASK]']) {
    ids[name] = id;
    tokens.push(added(id++, name, { lstrip: name === '[MASK]' }));
  }
  tokens.push(added(id++, 'été', { special: false, normalized: true, single_word: true }));
  const json = document({
    added_tokens: tokens,
    normalizer: { type: 'NFC' },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: template('[CLS]', '[SEP]', ids, { second: 0 }),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: bpe({ vocab, merges }, null),
  });
  return { json, files: { 'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', clean_up_tokenization_spaces: true,
    cls_token: '[CLS]', mask_token: '[MASK]', pad_token: '[PAD]', sep_token: '[SEP]', unk_token: '[UNK]' }) } };
}

const unigram = (vocab, unk_id) => ({ type: 'Unigram', unk_id, vocab, byte_fallback: false });
const precompiled = (map) => ({ type: 'Precompiled', precompiled_charsmap: map.toString('base64') });

function albert() {
  const first = [['<pad>', 0], ['<unk>', 0], ['[CLS]', 0], ['[SEP]', 0], ['[MASK]', 0]];
  const steps = hf.sequenceNormalizer([hf.nfkdNormalizer(), hf.stripAccentsNormalizer(), hf.lowercase()]);
  const map = charsmap();
  const list = pieces(500, first, steps);
  // The class takes 100 from the score of a piece that ends with a digit and a comma.
  const scored = list.map(([piece, score]) => [piece, /\d,$/.test(piece) ? score - 100 : score]);
  const json = document({
    added_tokens: first.map(([name], id) => added(id, name, { lstrip: name === '[MASK]' })),
    normalizer: { type: 'Sequence', normalizers: [
      { type: 'Replace', pattern: { String: '``' }, content: '"' }, { type: 'Replace', pattern: { String: "''" }, content: '"' },
      { type: 'NFKD' }, { type: 'StripAccents' }, { type: 'Lowercase' }, precompiled(map), blanks] },
    pre_tokenizer: metaspace('always'),
    post_processor: template('[CLS]', '[SEP]', { '[CLS]': 2, '[SEP]': 3 }),
    model: unigram(scored, 1),
  });
  return { json, files: {
    'spiece.model': protobuf(list, { unknown: 1, control: ['<pad>', '[CLS]', '[SEP]', '[MASK]'], charsmap: map }),
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'AlbertTokenizer', do_lower_case: true, keep_accents: false, remove_space: true }),
  } };
}

function deberta() {
  const first = [['[PAD]', 0], ['[CLS]', 0], ['[SEP]', 0], ['[UNK]', 0]];
  const map = charsmap();
  const list = pieces(450, first);
  const json = document({
    added_tokens: [...first.map(([name], id) => added(id, name, { normalized: name === '[UNK]' })), added(list.length, '[MASK]')],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'Strip', strip_left: true, strip_right: true }, precompiled(map), blanks] },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [metaspace('always')] },
    post_processor: template('[CLS]', '[SEP]', { '[CLS]': 1, '[SEP]': 2 }),
    model: unigram(list, 3),
  });
  return { json, files: {
    'spm.model': protobuf(list, { unknown: 3, control: ['[PAD]', '[CLS]', '[SEP]'], charsmap: map }),
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'DebertaV2Tokenizer', do_lower_case: false, split_by_punct: false, vocab_type: 'spm' }),
    'added_tokens.json': JSON.stringify({ '[MASK]': list.length }),
  } };
}

// XLM-RoBERTa: in its SentencePiece model the first pieces are <unk>, <s>, </s>; in its vocabulary the others are one up.
function xlmRoberta() {
  const map = charsmap();
  const learned = pieces(450, [['<unk>', 0], ['<s>', 0], ['</s>', 0]]);
  const list = [['<s>', 0], ['<pad>', 0], ['</s>', 0], ['<unk>', 0], ...learned.slice(3), ['<mask>', 0]];
  const mask = list.length - 1;
  const json = document({
    added_tokens: [added(0, '<s>'), added(1, '<pad>'), added(2, '</s>'), added(3, '<unk>'), added(mask, '<mask>', { lstrip: true })],
    normalizer: { type: 'Sequence', normalizers: [precompiled(map), { type: 'Strip', strip_left: false, strip_right: true }, blanks] },
    pre_tokenizer: metaspace('always'),
    post_processor: template('<s>', '</s>', { '<s>': 0, '</s>': 2 }, { separators: 2, second: 0 }),
    model: unigram(list, 3),
  });
  return { json, files: {
    'sentencepiece.bpe.model': protobuf(learned, { unknown: 0, control: ['<s>', '</s>'], charsmap: map }),
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'XLMRobertaTokenizer' }),
  } };
}

// The first files of XLM-RoBERTa: white space parts the words, and only the text's first one gets a blank.
function parted() {
  const { json } = xlmRoberta();
  json.normalizer = json.normalizer.normalizers[0];
  json.pre_tokenizer = { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'Isolated' }, metaspace('first')] };
  return { json, files: {} };
}

function mpnet() {
  const words = ['<s>', '<pad>', '</s>', '<unk>', '[UNK]'];
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
  const frequent = {};
  for (const file of corpus) for (const word of fs.readFileSync(file, 'utf8').toLowerCase().match(/[a-z]{2,8}/g)) frequent[word] = (frequent[word] || 0) + 1;
  const top = Object.keys(frequent).sort((a, b) => frequent[b] - frequent[a] || (a < b ? -1 : 1)).slice(0, 300);
  words.push(...alphabet, ...alphabet.map((c) => '##' + c), ...'.,;:!?()[]<>%-/\'"中文字é'.split(''), ...top,
    ...['ing', 'ed', 'er', 's', 'tion'].map((w) => '##' + w), '<mask>');
  const vocab = Object.fromEntries([...new Set(words)].map((word, id) => [word, id]));
  const end = Object.keys(vocab).length;
  const json = document({
    added_tokens: [...['<s>', '<pad>', '</s>', '<unk>', '[UNK]'].map((name) => added(vocab[name], name, { normalized: name === '<unk>' })),
      added(vocab['<mask>'], '<mask>', { lstrip: true }), added(end, 'NewWord', { normalized: true, special: false, single_word: true }),
      added(end + 1, 'Élan', { normalized: true, special: false, rstrip: true })],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', vocab['</s>']], cls: ['<s>', vocab['<s>']], trim_offsets: true, add_prefix_space: false },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
  });
  return { json, files: { 'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'MPNetTokenizer', do_lower_case: true }) } };
}

// ---- golden files ----------------------------------------------------------------------------------------------

const escape = (text) => text.replace(/\\/g, '\\\\').replace(/^#|[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
  (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
const offsets = (encoding) => encoding.getOffsets().map(([a, b]) => a + ':' + b).join(' ');

async function rows(tokenizer, lines) {
  const out = [];
  for (const line of lines) {
    const text = line.isWellFormed() ? line : line.toWellFormed();
    const encoding = await tokenizer.encode(text, null);
    out.push([escape(text), encoding.getIds().join(' '), offsets(encoding)].join('\t'));
  }
  return out;
}

async function pairs(tokenizer, lines, count) {
  const out = [];
  for (let k = 0; k < count; k++) {
    const most = 5 + random(20);
    const [a, b] = [lines[random(lines.length)], lines[random(lines.length)]];
    tokenizer.setTruncation(most, { strategy: 'LongestFirst' });
    const encoding = await tokenizer.encode(a, b);
    out.push([most, escape(a), escape(b), encoding.getIds().join(' '), offsets(encoding)].join('\t'));
  }
  tokenizer.disableTruncation();
  return out;
}

(async () => {
  const kinds = { roberta, prefixed, modernbert, albert, deberta, 'xlm-roberta': xlmRoberta, parted, mpnet };
  for (const [name, make] of Object.entries(kinds)) {
    const folder = path.join(out, name);
    if (textFiles.length > 0) {
      const tokenizer = hf.Tokenizer.fromFile(path.join(folder, 'tokenizer.json'));
      const lines = textFiles.flatMap((file) => fs.readFileSync(file, 'utf8').split('\n'));
      fs.writeFileSync(path.join(folder, 'lines.tsv'), (await rows(tokenizer, lines)).join('\n') + '\n');
      continue;
    }
    const { json, files } = make();
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(json) + '\n');
    for (const [file, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, file), content);
    const tokenizer = hf.Tokenizer.fromString(JSON.stringify(json));
    state = 2463534242;
    const lines = [...phrases, ...sentences().slice(0, 12), ...mixtures(60)];
    const golden = [...(await rows(tokenizer, lines)), ...(await pairs(tokenizer, lines, 25))];
    fs.writeFileSync(path.join(folder, 'golden.tsv'), golden.join('\n') + '\n');
  }
  fs.rmSync(temporary, { recursive: true });
})();
