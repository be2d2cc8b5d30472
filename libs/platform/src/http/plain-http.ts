import { BlockList, isIP } from 'node:net';

/** From where plain HTTP is taken. */
export interface PlainHttp {
  /** Addresses or networks of proxies that end TLS; they must say `X-Forwarded-Proto: https`. */
  readonly trustedProxies: readonly string[];
  /** Networks that the deployer states to be private (a compose bridge); development only. */
  readonly privateNetworks?: readonly string[];
}

/**
 * Judges a connection before anything of its body is read: loopback, a trusted proxy that says https, or a stated private
 * network. What is said to have come in otherwise is refused, whoever says it.
 */
export function plainHttpJudge(
  options: PlainHttp,
): (remote: string | undefined, forwardedProto: string | string[] | undefined) => boolean {
  const loopback = blockList(['127.0.0.0/8', '::1']);
  const proxies = blockList(options.trustedProxies);
  const networks = blockList(options.privateNetworks ?? []);
  return (remote, forwardedProto) => {
    const address = (remote ?? '').replace(/^::ffff:(?=\d+\.)/, '');
    const family = isIP(address);
    if (family === 0 || (forwardedProto !== undefined && forwardedProto !== 'https')) return false;
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (proxies.check(address, kind)) return forwardedProto === 'https' || loopback.check(address, kind);
    return loopback.check(address, kind) || networks.check(address, kind);
  };
}

const thisMachine = /^(?:::ffff:)?127\.|^::1$/;
/** Whether a connection comes from this machine. */
export const isLoopback = (remote: string | undefined): boolean => thisMachine.test(remote ?? '');

function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    if (family === 0) throw new Error('a trusted proxy is an IP address or a network');
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, kind);
    else list.addSubnet(address, Number(bits), kind);
  }
  return list;
}
