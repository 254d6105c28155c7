// A model provider (streaming Chat Completions) whose answers the test gives by hand: nothing is said before it says so.
import { createServer } from 'node:http';

export class Model {
  static async start() {
    const model = new Model();
    model.server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      model.questions.push({ text: Buffer.concat(parts).toString(), response });
    });
    await new Promise((resolve) => model.server.listen(0, '127.0.0.1', resolve));
    model.url = `http://127.0.0.1:${model.server.address().port}/v1`;
    return model;
  }

  constructor() {
    this.questions = [];
  }

  /** Makes `server` ask this model. */
  use(server) {
    return server.api('POST', '/api/settings', { api_format: 'openai', base_url: this.url, api_key: 'sk-test-0123456789', selected_model: 'small' });
  }

  /** A part of the answer to a question; `last` ends it. */
  say(question, content, { last = false } = {}) {
    const event = (delta, finish_reason = null) =>
      question.response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    event({ role: 'assistant', content });
    if (!last) return;
    event({}, 'stop');
    question.response.end('data: [DONE]\n\n');
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
