//! Which process of this machine listens on an address, on Linux; elsewhere it is not known.

use std::net::SocketAddr;

/// A process that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its process id; of several that hold the socket the one that the others come from.
    pub pid: u32,
    /// File name of its program, without control characters.
    pub program: String,
    /// Whether all that listen there come from it. If not, this is the one with the smallest number, and what it uses is
    /// not what the server uses.
    pub whole: bool,
}

/// A socket that waits for whoever comes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Whether it is one of UDP; else of TCP.
    pub udp: bool,
    /// Address and port.
    pub address: SocketAddr,
    /// File name of the program, without control characters; empty where it cannot be seen.
    pub program: String,
}

/// All sockets of this machine (of this container) that wait for whoever comes, sorted, each address once: TCP ones that
/// listen, and UDP ones that are connected to nobody and have a port outside the range that the system hands out to programs
/// that only ask. None where the system does not say.
#[must_use]
#[cfg(target_os = "linux")]
pub fn ports() -> Option<Vec<Port>> {
    linux::ports()
}

/// All sockets of this machine that wait for whoever comes; none where the system does not say.
#[must_use]
#[cfg(not(target_os = "linux"))]
pub fn ports() -> Option<Vec<Port>> {
    None
}

/// Who listens on an address of this machine; none when the address is of another one, nobody listens, or the process
/// cannot be seen (it is another user's, or in another container).
#[must_use]
#[cfg(not(target_os = "linux"))]
pub fn listener(address: SocketAddr) -> Option<Listener> {
    let _ = address;
    None
}

/// Who listens on an address of this machine; none when the address is of another one, nobody listens, or the process
/// cannot be seen (it is another user's, or in another container).
#[must_use]
#[cfg(target_os = "linux")]
pub fn listener(address: SocketAddr) -> Option<Listener> {
    if !linux::is_local(address.ip()) {
        return None;
    }
    let inodes = linux::listening(address);
    let holders = linux::holders(&inodes);
    linux::choose(&holders)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs::File;
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

    use super::super::procfs::{head, pids, plain, stat};
    use super::{Listener, Port};

    /// Longest table of sockets read, in bytes: some 100,000 sockets. Those that listen come first.
    const TABLE: u64 = 16 << 20;
    /// Most descriptors of one process looked at, and of all.
    const DESCRIPTORS: usize = 1 << 16;
    const ALL_DESCRIPTORS: usize = 1 << 20;
    /// Most generations that a process is followed up.
    const GENERATIONS: usize = 64;

    /// Whether an address is this machine's. Asking for a socket on it sends nothing.
    pub(super) fn is_local(ip: IpAddr) -> bool {
        ip.is_loopback() || (!ip.is_unspecified() && UdpSocket::bind((ip, 0)).is_ok())
    }

    /// The sockets that take connections to an address: those of that address, else those of all addresses of its
    /// family, else those of all IPv6 addresses, which take IPv4 too.
    pub(super) fn listening(address: SocketAddr) -> Vec<u64> {
        let mut best = (3, Vec::new());
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let Ok(file) = File::open(table) else { continue };
            let lines = BufReader::new(file.take(TABLE)).lines().map_while(Result::ok);
            for (local, inode) in lines.filter_map(|line| parse_line(&line)) {
                let Some(rank) = rank(local, address) else { continue };
                if rank < best.0 {
                    best = (rank, Vec::new());
                }
                if rank == best.0 {
                    best.1.push(inode);
                }
            }
        }
        best.1
    }

    /// How closely a listening socket fits an address; less is closer.
    pub(super) fn rank(local: SocketAddr, address: SocketAddr) -> Option<u8> {
        if local.port() != address.port() {
            return None;
        }
        let (ip, wanted) = (local.ip().to_canonical(), address.ip().to_canonical());
        match (ip, wanted) {
            _ if ip == wanted => Some(0),
            (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(_))
            | (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(_)) => Some(1),
            (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V4(_)) => Some(2),
            _ => None,
        }
    }

    /// State of a TCP socket that listens, and of a UDP one that is connected to nobody.
    const LISTENS: &str = "0A";
    const UNCONNECTED: &str = "07";
    /// Most sockets told.
    const PORTS: usize = 10_000;

    /// See [`super::ports`].
    pub(super) fn ports() -> Option<Vec<Port>> {
        let handed_out = head("/proc/sys/net/ipv4/ip_local_port_range", 64)
            .and_then(|text| parse_range(&String::from_utf8_lossy(&text)))
            .unwrap_or((32_768, 60_999));
        let mut found: BTreeMap<(bool, SocketAddr), u64> = BTreeMap::new();
        for (table, udp, needed) in [
            ("/proc/net/tcp", false, true),
            ("/proc/net/tcp6", false, false),
            ("/proc/net/udp", true, true),
            ("/proc/net/udp6", true, false),
        ] {
            let file = match File::open(table) {
                Ok(file) => file,
                // A kernel without IPv6.
                Err(_) if !needed => continue,
                Err(_) => return None,
            };
            let state = if udp { UNCONNECTED } else { LISTENS };
            let lines = BufReader::new(file.take(TABLE)).lines().map_while(Result::ok);
            for (address, inode) in lines.filter_map(|line| parse_state(&line, state)) {
                let passing = udp && (handed_out.0..=handed_out.1).contains(&address.port());
                if !passing && address.port() != 0 && found.len() < PORTS {
                    found.entry((udp, address)).or_insert(inode);
                }
            }
        }
        let programs = programs(&found.values().copied().collect());
        let port = |((udp, address), inode): ((bool, SocketAddr), u64)| Port {
            udp,
            address,
            program: programs.get(&inode).cloned().unwrap_or_default(),
        };
        Some(found.into_iter().map(port).collect())
    }

    /// Two numbers with space between.
    pub(super) fn parse_range(text: &str) -> Option<(u16, u16)> {
        let mut numbers = text.split_ascii_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }

    /// The programs that hold sockets, as far as they can be seen: of several processes the one with the smallest number that
    /// is no service manager.
    fn programs(inodes: &BTreeSet<u64>) -> BTreeMap<u64, String> {
        let mut holders: BTreeMap<u64, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
        let mut left = ALL_DESCRIPTORS;
        for pid in pids() {
            let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            for descriptor in descriptors.take(DESCRIPTORS.min(left)) {
                left -= 1;
                let inode = std::fs::read_link(descriptor.path()).ok().and_then(|link| {
                    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok()
                });
                if let Some(inode) = inode.filter(|inode| inodes.contains(inode)) {
                    holders.entry(inode).or_default().insert(pid, Vec::new());
                }
            }
        }
        let named = |(inode, holders): (u64, BTreeMap<u32, Vec<u32>>)| {
            Some((inode, choose(&holders)?.program)).filter(|(_, program)| !program.is_empty())
        };
        holders.into_iter().filter_map(named).collect()
    }

    /// Address and inode of a listening socket from a line of `/proc/net/tcp` or `tcp6` (proc(5)).
    pub(super) fn parse_line(line: &str) -> Option<(SocketAddr, u64)> {
        parse_state(line, LISTENS)
    }

    /// Address and inode of a socket in this state from a line of a table of sockets (proc(5)).
    pub(super) fn parse_state(line: &str, state: &str) -> Option<(SocketAddr, u64)> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (ip, port) = fields.next()?.split_once(':')?;
        if fields.nth(1)? != state {
            return None;
        }
        let inode = fields.nth(5)?.parse().ok()?;
        let port = u16::from_str_radix(port, 16).ok()?;
        Some((SocketAddr::new(parse_ip(ip)?, port), inode))
    }

    /// An address: words of 32 bits in network order, each printed as a number of this machine.
    fn parse_ip(text: &str) -> Option<IpAddr> {
        let mut bytes = [0_u8; 16];
        let mut words = 0;
        for (word, target) in text.as_bytes().chunks(8).zip(bytes.chunks_exact_mut(4)) {
            let number = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
            target.copy_from_slice(&number.to_ne_bytes());
            words += 1;
        }
        match (text.len(), words) {
            (8, 1) => Some(IpAddr::from([*bytes.first()?, *bytes.get(1)?, *bytes.get(2)?, *bytes.get(3)?])),
            (32, 4) => Some(IpAddr::from(bytes)),
            _ => None,
        }
    }

    /// The processes that hold one of the sockets, with the line of their ancestors from the parent on.
    pub(super) fn holders(inodes: &[u64]) -> BTreeMap<u32, Vec<u32>> {
        let mut holders = BTreeMap::new();
        if inodes.is_empty() {
            return holders;
        }
        let wanted: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
        let mut left = ALL_DESCRIPTORS;
        for pid in pids() {
            let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            let mut holds = false;
            for descriptor in descriptors.take(DESCRIPTORS.min(left)) {
                left -= 1;
                holds = std::fs::read_link(descriptor.path())
                    .is_ok_and(|link| wanted.iter().any(|wanted| link.as_os_str() == wanted.as_str()));
                if holds {
                    break;
                }
            }
            if holds {
                holders.insert(pid, ancestors(pid));
            }
        }
        holders
    }

    fn ancestors(pid: u32) -> Vec<u32> {
        let parent = |pid: &u32| stat(*pid).map(|stat| stat.parent).filter(|parent| *parent != 0);
        std::iter::successors(parent(&pid), parent).take(GENERATIONS).collect()
    }

    /// The holder that stands for all. A service manager keeps the sockets that it hands on: it does not serve.
    pub(super) fn choose(holders: &BTreeMap<u32, Vec<u32>>) -> Option<Listener> {
        let is_manager =
            |pid: &&u32| head(format!("/proc/{pid}/comm"), 64).is_some_and(|name| name == b"systemd\n");
        let (managers, servers): (Vec<&u32>, Vec<&u32>) = holders.keys().partition(is_manager);
        let (pid, whole) = first_of(if servers.is_empty() { &managers } else { &servers }, holders)?;
        Some(Listener { pid, program: program(pid), whole })
    }

    /// The one that all others come from and true, or the one with the smallest number and false.
    pub(super) fn first_of(among: &[&u32], holders: &BTreeMap<u32, Vec<u32>>) -> Option<(u32, bool)> {
        let comes_from = |pid: &u32, from: &u32| {
            pid == from || holders.get(pid).is_some_and(|ancestors| ancestors.contains(from))
        };
        let first = among.iter().find(|from| among.iter().all(|pid| comes_from(pid, from)));
        first.map(|pid| (**pid, true)).or_else(|| Some((**among.iter().min()?, false)))
    }

    fn program(pid: u32) -> String {
        let link = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
        let name =
            link.as_deref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        // The kernel says so when the file was replaced or removed since.
        let name = name.map(|name| name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned());
        let comm =
            || head(format!("/proc/{pid}/comm"), 64).map(|name| String::from_utf8_lossy(&name).into_owned());
        plain(&name.or_else(comm).unwrap_or_default())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::collections::BTreeMap;
    use std::net::{Ipv6Addr, SocketAddr, TcpListener};

    use super::linux::{first_of, is_local, parse_line, parse_range, parse_state, rank};
    use super::*;

    fn own(socket: &TcpListener, host: &str) -> Option<Listener> {
        let port = socket.local_addr().unwrap().port();
        listener(SocketAddr::new(host.parse().unwrap(), port))
    }

    #[test]
    fn a_listening_socket_of_this_program_is_found() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = own(&socket, "127.0.0.1").unwrap();
        assert!(found.whole);
        assert_eq!(found.pid, std::process::id());
        let program = std::env::current_exe().unwrap();
        assert_eq!(found.program, program.file_name().unwrap().to_string_lossy());
        // Another address of the same machine is not listened on.
        assert_eq!(own(&socket, "127.0.0.2"), None);
        let address = socket.local_addr().unwrap();
        drop(socket);
        assert_eq!(listener(address), None);
    }

    #[test]
    fn sockets_of_all_addresses_take_connections_to_each() {
        let socket = TcpListener::bind("0.0.0.0:0").unwrap();
        assert_eq!(own(&socket, "127.0.0.3").unwrap().pid, std::process::id());
        // An address of documentation (RFC 5737) is nobody's.
        assert_eq!(own(&socket, "192.0.2.77"), None);
        assert!(is_local("127.9.9.9".parse().unwrap()) && !is_local("192.0.2.77".parse().unwrap()));
        if let Ok(socket) = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)) {
            assert_eq!(own(&socket, "127.0.0.1").unwrap().pid, std::process::id());
            assert_eq!(own(&socket, "::1").unwrap().pid, std::process::id());
        }
    }

    #[test]
    fn all_ports_are_told_with_their_programs() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = std::env::current_exe().unwrap();
        let expected = Port {
            udp: false,
            address: tcp.local_addr().unwrap(),
            program: own.file_name().unwrap().to_string_lossy().into_owned(),
        };
        let found = ports().unwrap();
        assert!(found.contains(&expected), "{found:?}");
        assert!(found.is_sorted());
        drop(tcp);
        assert!(!ports().unwrap().contains(&expected));
        // Handed out to a program that only asks.
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(!ports().unwrap().iter().any(|port| port.udp && port.address == udp));
        assert_eq!(parse_range("32768\t60999\n"), Some((32_768, 60_999)));
        assert_eq!(parse_range("1"), None);
        // From the examples of proc(5): a socket of UDP that is bound to port 68.
        let line = "  84: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21337 2 0 0 0";
        assert_eq!(parse_state(line, "07"), Some(("0.0.0.0:68".parse().unwrap(), 21_337)));
        assert_eq!(parse_state(line, "0A"), None);
    }

    #[test]
    fn lines_of_the_kernel_are_read() {
        // From the examples of proc(5) and of a machine of little-endian order.
        if cfg!(target_endian = "big") {
            return;
        }
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0";
        assert_eq!(parse_line(line), Some(("127.0.0.1:8080".parse().unwrap(), 4711)));
        assert_eq!(parse_line(&line.replace(" 0A ", " 01 ")), None);
        let line = "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 12 1";
        assert_eq!(parse_line(line), Some(("[::1]:80".parse().unwrap(), 12)));
        let line = "   1: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 12 1";
        assert_eq!(parse_line(line), Some(("[::ffff:127.0.0.1]:80".parse().unwrap(), 12)));
        for wrong in [
            "",
            "  sl  local_address rem_address   st",
            "0: 7F:50 0:0 0A 0 0 0 0 0 1",
            "0: 0100007F:1F90 0 0A",
            "0: ÄÄÄÄ:50 0:0 0A 0:0 0:0 0 0 0 1",
        ] {
            assert_eq!(parse_line(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_closest_socket_counts() {
        let rank = |local: &str, address: &str| rank(local.parse().unwrap(), address.parse().unwrap());
        assert_eq!(rank("127.0.0.1:80", "127.0.0.1:80"), Some(0));
        assert_eq!(rank("[::ffff:127.0.0.1]:80", "127.0.0.1:80"), Some(0));
        assert_eq!(rank("0.0.0.0:80", "127.0.0.1:80"), Some(1));
        assert_eq!(rank("[::]:80", "127.0.0.1:80"), Some(2));
        assert_eq!(rank("[::]:80", "[::1]:80"), Some(1));
        assert_eq!(rank("0.0.0.0:80", "[::1]:80"), None);
        assert_eq!(rank("127.0.0.1:81", "127.0.0.1:80"), None);
        assert_eq!(rank("127.0.0.2:80", "127.0.0.1:80"), None);
    }

    #[test]
    fn of_several_the_one_that_the_others_come_from() {
        let holders = BTreeMap::from([(30, vec![20, 10, 1]), (40, vec![20, 10, 1]), (20, vec![10, 1])]);
        assert_eq!(first_of(&[&30, &40, &20], &holders), Some((20, true)));
        assert_eq!(first_of(&[&40, &30], &holders), Some((30, false)));
        assert_eq!(first_of(&[&40], &holders), Some((40, true)));
        assert_eq!(first_of(&[], &holders), None);
    }
}
