import { BlockList, isIP } from 'node:net'

// What is not the public internet (RFC 6890 and successors), and the IPv6 forms that carry an IPv4 address inside.
const V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const
// The first one holds ::, ::1, and the mapped and compatible forms of IPv4.
const V6 = [
  ['::', 80],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const

// Two lists: one list would read every IPv4 address as its mapped form and find it in ::/80.
const blocked4 = new BlockList()
for (const [net, bits] of V4) blocked4.addSubnet(net, bits, 'ipv4')
const blocked6 = new BlockList()
for (const [net, bits] of V6) blocked6.addSubnet(net, bits, 'ipv6')

/** Whether an address belongs to the public internet; false for every private, local, reserved or tunnelled one. */
export function isSafeAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !blocked4.check(address, 'ipv4')
  return family === 6 && !address.includes('%') && !blocked6.check(address, 'ipv6')
}
