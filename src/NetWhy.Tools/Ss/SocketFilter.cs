using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>What a filter can ask of a socket.</summary>
internal readonly ref struct SocketFacts
{
    /// <summary>Its family.</summary>
    public SocketFamilies Family { get; init; }

    /// <summary>Its address: 4 or 16 octets, a number for packet, netlink and vsock, nothing for Unix.</summary>
    public ReadOnlySpan<byte> LocalAddress { get; init; }

    /// <summary>Address of its peer.</summary>
    public ReadOnlySpan<byte> RemoteAddress { get; init; }

    /// <summary>Its port: of a packet socket the interface, of a netlink socket the port number.</summary>
    public long LocalPort { get; init; }

    /// <summary>Port of its peer.</summary>
    public long RemotePort { get; init; }

    /// <summary>Name of a Unix socket; null if it has none.</summary>
    public string? Name { get; init; }

    /// <summary>Interface that it is bound to; 0 if to none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>Its mark.</summary>
    public uint Mark { get; init; }

    /// <summary>Number of its cgroup.</summary>
    public ulong CgroupId { get; init; }
}

/// <summary>A condition on sockets: evaluated here, and by the kernel where it can.</summary>
internal abstract record SocketFilter
{
    /// <summary>Whether a socket fulfils it.</summary>
    /// <param name="socket">The socket.</param>
    public abstract bool Accepts(in SocketFacts socket);

    /// <summary>The condition as a program for the kernel; null if the kernel cannot be asked it.</summary>
    public byte[]? Compile()
    {
        var program = new InetDiagProgram();
        int reject = program.NewLabel();
        return TryCompile(program, reject) ? program.Assemble(reject) : null;
    }

    /// <summary>Adds instructions that fall through if the condition holds.</summary>
    /// <param name="program">The program.</param>
    /// <param name="otherwise">Label to jump to if it does not hold.</param>
    /// <returns>Whether the kernel knows such a condition.</returns>
    protected abstract bool TryCompile(InetDiagProgram program, int otherwise);

    /// <summary>Conditions inside of this one.</summary>
    protected virtual IEnumerable<SocketFilter> Parts => [];

    /// <summary>Whether it is, or holds, a condition of some kind.</summary>
    /// <param name="isWanted">Tells that kind.</param>
    public bool Holds(Func<SocketFilter, bool> isWanted) => isWanted(this) || Parts.Any(part => part.Holds(isWanted));

    /// <summary>All hold.</summary>
    internal sealed record And(IReadOnlyList<SocketFilter> Conditions) : SocketFilter
    {
        /// <summary>Whether the other one stands before it without parentheses, so that people may read it otherwise.</summary>
        public bool IsMixed { get; init; }

        protected override IEnumerable<SocketFilter> Parts => Conditions;

        public override bool Accepts(in SocketFacts socket)
        {
            foreach (SocketFilter condition in Conditions)
            {
                if (!condition.Accepts(socket))
                    return false;
            }

            return true;
        }

        protected override bool TryCompile(InetDiagProgram program, int otherwise) =>
            Conditions.All(condition => condition.TryCompile(program, otherwise));
    }

    /// <summary>One of them holds.</summary>
    internal sealed record Or(IReadOnlyList<SocketFilter> Conditions) : SocketFilter
    {
        /// <summary>Whether the other one stands before it without parentheses, so that people may read it otherwise.</summary>
        public bool IsMixed { get; init; }

        protected override IEnumerable<SocketFilter> Parts => Conditions;

        public override bool Accepts(in SocketFacts socket)
        {
            foreach (SocketFilter condition in Conditions)
            {
                if (condition.Accepts(socket))
                    return true;
            }

            return false;
        }

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            int end = program.NewLabel();
            for (int i = 0; i < Conditions.Count; i++)
            {
                bool isLast = i == Conditions.Count - 1;
                int next = isLast ? otherwise : program.NewLabel();
                if (!Conditions[i].TryCompile(program, next))
                    return false;
                if (isLast)
                    break;
                program.Jump(end);
                program.Place(next);
            }

            program.Place(end);
            return true;
        }
    }

    /// <summary>The condition does not hold.</summary>
    internal sealed record Not(SocketFilter Inner) : SocketFilter
    {
        protected override IEnumerable<SocketFilter> Parts => [Inner];

        public override bool Accepts(in SocketFacts socket) => !Inner.Accepts(socket);

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            int end = program.NewLabel();
            if (!Inner.TryCompile(program, end))
                return false;
            program.Jump(otherwise);
            program.Place(end);
            return true;
        }
    }

    /// <summary>A port is at least, or at most, so large.</summary>
    internal sealed record PortBound(bool IsLocal, bool IsAtLeast, int Port) : SocketFilter
    {
        public override bool Accepts(in SocketFacts socket)
        {
            long port = IsLocal ? socket.LocalPort : socket.RemotePort;
            return IsAtLeast ? port >= Port : port <= Port;
        }

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            program.Port(IsLocal, IsAtLeast, Port, otherwise);
            return true;
        }
    }

    /// <summary>An end of the socket has one of the addresses, and the port.</summary>
    /// <param name="IsLocal">Which end.</param>
    /// <param name="Family">Family of the addresses; none if there is no address.</param>
    /// <param name="Addresses">The addresses; empty if any will do.</param>
    /// <param name="PrefixLength">How many bits of them count.</param>
    /// <param name="Port">The port; -1 if any will do.</param>
    internal sealed record Host(bool IsLocal, SocketFamilies Family, IReadOnlyList<byte[]> Addresses, int PrefixLength, long Port) : SocketFilter
    {
        /// <summary>Whether it names nothing, and so everything.</summary>
        public bool IsEmpty => Port == -1 && Addresses.Count == 0;

        public override bool Accepts(in SocketFacts socket)
        {
            if (Port != -1 && Port != (IsLocal ? socket.LocalPort : socket.RemotePort))
                return false;
            if (Addresses.Count == 0)
                return true;
            ReadOnlySpan<byte> own = IsLocal ? socket.LocalAddress : socket.RemoteAddress;
            foreach (byte[] address in Addresses)
            {
                if (Matches(own, address))
                    return true;
            }

            return false;
        }

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            if (Family is not (SocketFamilies.None or SocketFamilies.IPv4 or SocketFamilies.IPv6))
                return false;
            if (Port > ushort.MaxValue)
                return false;
            if (Addresses.Count == 0)
            {
                program.Host(IsLocal, family: 0, [], prefix: 0, (int)Port, otherwise);
                return true;
            }

            int end = program.NewLabel();
            for (int i = 0; i < Addresses.Count; i++)
            {
                bool isLast = i == Addresses.Count - 1;
                int next = isLast ? otherwise : program.NewLabel();
                int family = Addresses[i].Length == 4 ? 2 : 10; // AF_INET, AF_INET6
                int prefix = Math.Min(PrefixLength, Addresses[i].Length * 8);
                program.Host(IsLocal, family, Addresses[i], prefix, (int)Port, next);
                if (isLast)
                    break;
                program.Jump(end);
                program.Place(next);
            }

            program.Place(end);
            return true;
        }

        // An IPv4 address matches an IPv6 socket that carries IPv4, as in the kernel.
        private bool Matches(ReadOnlySpan<byte> own, byte[] address)
        {
            if (address.Length == 4 && own.Length == 16 && own[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]))
                own = own[12..];
            if (own.Length != address.Length)
                return false;
            int prefix = Math.Min(PrefixLength, address.Length * 8);
            int whole = prefix / 8;
            int rest = prefix % 8;
            return own[..whole].SequenceEqual(address.AsSpan(0, whole))
                && (rest == 0 || (own[whole] ^ address[whole]) >> (8 - rest) == 0);
        }
    }

    /// <summary>The name of a Unix socket matches a pattern.</summary>
    internal sealed record UnixName(bool IsLocal, string Pattern) : SocketFilter
    {
        // The kernel tells no name of the peer.
        public override bool Accepts(in SocketFacts socket) =>
            SystemNames.Matches(Pattern, IsLocal && socket.Family is SocketFamilies.Unix ? socket.Name ?? "" : "");

        protected override bool TryCompile(InetDiagProgram program, int otherwise) => false;
    }

    /// <summary>The kernel chose the port.</summary>
    internal sealed record AutoBound(int FirstPort, int LastPort) : SocketFilter
    {
        public override bool Accepts(in SocketFacts socket) => socket.Family switch
        {
            SocketFamilies.Unix => socket.Name is null || (socket.Name is ['@', .. { Length: 5 } digits] && digits.All(char.IsAsciiHexDigitLower)),
            SocketFamilies.Packet => socket.LocalPort == 0 && !socket.LocalAddress.ContainsAnyExcept((byte)0),
            SocketFamilies.Netlink => socket.LocalPort < 0,
            SocketFamilies.Vsock => socket.LocalPort > 1023,
            _ => socket.LocalPort >= FirstPort && socket.LocalPort <= LastPort,
        };

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            program.AutoBound(otherwise);
            return true;
        }
    }

    /// <summary>The socket is bound to an interface.</summary>
    internal sealed record Device(uint Index) : SocketFilter
    {
        public override bool Accepts(in SocketFacts socket) => socket.InterfaceIndex == Index;

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            program.Device(Index, otherwise);
            return true;
        }
    }

    /// <summary>The socket has a mark.</summary>
    internal sealed record FirewallMark(uint Mark, uint Mask) : SocketFilter
    {
        public override bool Accepts(in SocketFacts socket) => (socket.Mark & Mask) == Mark;

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            program.Mark(Mark, Mask, otherwise);
            return true;
        }
    }

    /// <summary>The socket belongs to a cgroup.</summary>
    internal sealed record Cgroup(ulong Id) : SocketFilter
    {
        public override bool Accepts(in SocketFacts socket) => socket.CgroupId == Id;

        protected override bool TryCompile(InetDiagProgram program, int otherwise)
        {
            program.Cgroup(Id, otherwise);
            return true;
        }
    }
}
