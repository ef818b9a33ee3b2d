import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { TestApp } from './app.ts';

const server = fileURLToPath(import.meta.resolve('@insforge/mcp').replace(/dist\/.*$/, 'dist/index.js'));

/** The real `@insforge/mcp` as its own process, speaking over stdio, pointed at the test server. */
export async function mcp(app: TestApp) {
  const url = await app.listen();
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [server, '--api_key', app.keys.api, '--api_base_url', url],
    stderr: 'ignore',
  });
  const client = new Client({ name: 'tests', version: '1.0.0' });
  await client.connect(transport);
  return {
    /** The text that the tool shows to its agent. */
    call: async (name: string, args: Record<string, unknown>) => {
      const result = await client.callTool({ name, arguments: args });
      const [first] = result.content as { type: string; text: string }[];
      return { isError: result.isError === true, text: first?.text ?? '' };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
