// A model that says what it is told to, over the streaming Chat Completions format.
import { createServer } from 'node:http';

const pause_ms = 60;

/** `answers` maps a part of a question to its answer; the last one is for everything else. */
export async function start_provider(answers) {
  const stream = async (response, text) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const event = (delta, finish_reason = null) =>
      response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    event({ role: 'assistant', content: '' });
    for (const word of text.split(/(?<= )/)) {
      if (response.destroyed) return;
      event({ content: word });
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
    event({}, 'stop');
    response.end('data: [DONE]\n\n');
  };
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const url = new URL(request.url, 'http://provider');
    if (url.pathname.endsWith('/models')) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{"data":[{"id":"small-1"},{"id":"large-2"}]}');
      return;
    }
    const question = Buffer.concat(parts).toString();
    const [, text] = Object.entries(answers).find(([part]) => question.includes(part)) ?? ['', 'I do not know.'];
    await stream(response, text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

/** Points the server at the provider. */
export function use_provider(server, provider) {
  return server.api('POST', '/api/settings', {
    api_format: 'openai', base_url: provider.url, api_key: 'sk-test-0123456789', selected_model: 'small-1', models: [{ id: 'small-1', name: 'Small 1' }],
  });
}
