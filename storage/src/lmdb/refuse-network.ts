// LMDB needs memory that all its processes see alike, and locks that mean something: a file system of the network has
// neither, and a journal there would be damaged sooner or later. Known on Linux; elsewhere nothing tells.

import { statfsSync } from "node:fs"
import { JournalOnNetwork } from "../errors.ts"

/** `statfs` types, as linux/magic.h has them. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x517b, "SMB"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"]
])

/** @throws {JournalOnNetwork} */
export function refuseNetwork(
  folder: string,
  typeOf: (path: string) => number = (path) => statfsSync(path).type
): void {
  if (process.platform !== "linux") return
  // The type is a signed number of 32 bits on some machines.
  const fileSystem = NETWORK.get(typeOf(folder) >>> 0)
  if (fileSystem !== undefined) throw new JournalOnNetwork({ path: folder, fileSystem })
}
