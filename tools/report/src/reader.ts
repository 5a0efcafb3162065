// Numbers and texts of the data, read one after the other.

export class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  varint(): number {
    let byte = this.bytes[this.at++];
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 0x80;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte >= 0x80);
    return value;
  }
  difference(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  text(decoder: TextDecoder): string {
    const size = this.varint();
    const text = decoder.decode(this.bytes.subarray(this.at, this.at + size));
    this.at += size;
    return text;
  }
  column(count: number): Float64Array {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; ++i) numbers[i] = this.varint();
    return numbers;
  }
  ids(count: number): Uint32Array {
    const numbers = new Uint32Array(count);
    for (let i = 0; i < count; ++i) numbers[i] = this.varint();
    return numbers;
  }
  sums(count: number): Float64Array {
    const numbers = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; ++i) numbers[i] = sum += this.difference();
    return numbers;
  }
}
