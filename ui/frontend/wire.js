// Reads the messages that ui/wire.py writes: a JSON head followed by raw arrays.
// The time at which the values of a message were read (ms, modulo 2^32); 0 counts as newest.
export function stampOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

const VIEWS = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };

export function unpack(bytes) {
  // Copy the message, because typed arrays need aligned offsets and Streamlit reuses the buffer.
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const length = view.getUint32(4, true);
  const start = 8 + length + ((8 - (length % 8)) % 8);
  const head = JSON.parse(new TextDecoder().decode(copy.subarray(8, 8 + length)));
  return decode(head, copy.buffer, start);
}

function decode(item, buffer, start) {
  if (Array.isArray(item)) {
    for (let i = 0; i < item.length; i++) {
      if (item[i] !== null && typeof item[i] === "object") item[i] = decode(item[i], buffer, start);
    }
    return item;
  }
  if (item === null || typeof item !== "object") return item;
  if (item.$ && Array.isArray(item.$)) {
    const [type, offset, size, columns] = item.$;
    const View = VIEWS[type];
    const flat = new View(buffer, start + offset, size);
    if (!columns) return flat;
    const rows = [];
    for (let i = 0; i < size; i += columns) rows.push(flat.subarray(i, i + columns));
    return rows;
  }
  for (const key of Object.keys(item)) {
    const inner = item[key];
    if (inner !== null && typeof inner === "object") item[key] = decode(inner, buffer, start);
  }
  return item;
}
