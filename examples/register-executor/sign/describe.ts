// `cksum` prints the checksum and the number of bytes.

export default function describe(text: string, checksum: string): { text: string; crc: number; bytes: number } {
  const [crc, bytes] = checksum.split(" ").map(Number)
  return { text, crc: crc!, bytes: bytes! }
}
