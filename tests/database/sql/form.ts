/** A multipart body and its content type, as a browser or node-fetch would send it. */
export async function form(parts: readonly (readonly [name: string, value: string | File])[]) {
  const data = new FormData();
  for (const [name, value] of parts) data.append(name, value);
  const encoded = new Response(data);
  return {
    body: Buffer.from(await encoded.arrayBuffer()),
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
  };
}

export const file = (name: string, content: string | Buffer) => new File([new Uint8Array(Buffer.from(content))], name);
