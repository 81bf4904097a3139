// Tokens a second of ONNX Runtime on a model of onnx_encoder.py, as one line of JSON.
//
//   NODE_PATH=…/node_modules node onnx_peer.js MODEL TEXTS
//
// TEXTS holds the batches, as encoder_bench writes them. A batch is padded to its longest text, as Hugging Face's
// tokenizers do; only real tokens are counted. ENCODER_BENCH_SECONDS (2), ENCODER_BENCH_THREADS (2) and
// ENCODER_BENCH_CLOCK as for encoder_bench.
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');

// The number of batches; for each its number of texts, their lengths, labels and ids.
function readTexts(path) {
  const data = fs.readFileSync(path);
  const numbers = new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
  let at = 0;
  const batches = [];
  for (let left = numbers[at++]; left > 0; left--) {
    const B = numbers[at++];
    const lengths = numbers.subarray(at, at + B);
    at += 2 * B;
    const S = Math.max(...lengths);
    const ids = new Int32Array(B * S);
    const mask = new Int32Array(B * S);
    let tokens = 0;
    lengths.forEach((length, b) => {
      ids.set(numbers.subarray(at, at + length), b * S);
      mask.fill(1, b * S, b * S + length);
      at += length;
      tokens += length;
    });
    const tensor = (values) => new ort.Tensor('int32', values, [B, S]);
    batches.push({tokens, feeds: {ids: tensor(ids), mask: tensor(mask)}});
  }
  return batches;
}

async function main(model, texts) {
  const seconds = Number(process.env.ENCODER_BENCH_SECONDS || 2);
  const threads = Number(process.env.ENCODER_BENCH_THREADS || 2);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const batches = readTexts(texts).slice(0, 4);
  const cpu = process.env.ENCODER_BENCH_CLOCK === 'cpu';
  const now = () => (cpu ? process.cpuUsage().user + process.cpuUsage().system : 1000 * performance.now()) / 1e6;
  const round = async () => {
    for (const batch of batches) {
      await session.run(batch.feeds);
    }
  };
  await round();
  const times = [];
  const start = now();
  while (times.length < 3 || now() - start < seconds) {
    const begin = now();
    await round();
    times.push(now() - begin);
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1];
  const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
  console.log(JSON.stringify({
    system: 'onnxruntime', model, threads, rounds: times.length,
    seconds: median / batches.length, tokens_per_second: tokens / median,
  }));
}

main(process.argv[2], process.argv[3]);
