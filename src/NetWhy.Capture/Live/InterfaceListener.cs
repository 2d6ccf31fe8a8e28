using System.Collections.Immutable;
using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Capture.Live;

/// <summary>How to listen.</summary>
/// <param name="Compile">Makes the filter's program for a type of link.</param>
public sealed record ListenOptions(Func<int, FilterInstruction[]> Compile)
{
    /// <summary>Octets of each packet that are wanted.</summary>
    public int SnapLength { get; init; } = CaptureReader.LongestPacket;

    /// <summary>Memory for packets, in octets.</summary>
    public long BufferSize { get; init; } = 64 << 20;

    /// <summary>How long packets may wait until there are more of them.</summary>
    public TimeSpan BlockTimeout { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether to hear what is for others, too.</summary>
    public bool IsPromiscuous { get; init; } = true;

    /// <summary>Whether the filter may ask for tags of VLANs.</summary>
    public bool AsksForVlans { get; init; }

    /// <summary>Whether packets are wanted that this machine sends, those that it receives, or both.</summary>
    public PacketDirections Directions { get; init; } = PacketDirections.Both;
}

/// <summary>Ways of packets.</summary>
[Flags]
public enum PacketDirections
{
    /// <summary>What this machine receives, or could.</summary>
    In = 1,

    /// <summary>What it sends.</summary>
    Out = 2,

    /// <summary>Either.</summary>
    Both = In | Out,
}

/// <summary>Takes a packet.</summary>
/// <param name="packet">The packet: valid until its block is released.</param>
/// <returns>Whether more are wanted.</returns>
public delegate bool PacketHandler(in PacketRecord packet);

/// <summary>Listens on an interface, or on all.</summary>
public sealed class InterfaceListener : IDisposable
{
    private const byte Outgoing = 4; // PACKET_OUTGOING, packet(7)

    private readonly PacketRing _ring;
    private readonly FilterProgram? _filter;
    private readonly PacketDirections _directions;
    private readonly ImmutableHashSet<int> _loopback;

    private InterfaceListener(PacketRing ring, CaptureInterface @interface, FilterProgram? filter, PacketDirections directions, ImmutableHashSet<int> loopback)
    {
        _ring = ring;
        Interface = @interface;
        _filter = filter;
        _directions = directions;
        _loopback = loopback;
    }

    /// <summary>The interface.</summary>
    public CaptureInterface Interface { get; }

    /// <summary>Whether packets are ready.</summary>
    public bool HasBlock => _ring.HasBlock;

    /// <summary>How many came, and how many were lost.</summary>
    public PacketRingStatistics Statistics => _ring.Statistics;

    /// <summary>Listens on interfaces.</summary>
    /// <param name="names">Their names, or numbers in the list; none for the first that is up.</param>
    /// <param name="options">How.</param>
    /// <exception cref="InterfaceException">One of them cannot be listened on.</exception>
    public static ImmutableArray<InterfaceListener> Open(IReadOnlyList<string> names, ListenOptions options)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(options);
        var interfaces = NetworkInterfaces.Read();
        ImmutableArray<InterfaceListener>.Builder listeners = ImmutableArray.CreateBuilder<InterfaceListener>();
        try
        {
            // Packets of several interfaces fit into one capture only with the header that names theirs.
            foreach (string name in names.DefaultIfEmpty(interfaces.First))
                listeners.Add(Open(interfaces.Find(name), listeners.Count, names.Count > 1, options, interfaces.Loopback));
            return listeners.ToImmutable();
        }
        catch
        {
            foreach (InterfaceListener listener in listeners)
                listener.Dispose();
            throw;
        }
    }

    /// <summary>Hands out the packets that are ready; <see cref="Release"/> gives their memory back.</summary>
    /// <param name="handler">Takes them.</param>
    /// <returns>Whether more are wanted.</returns>
    public bool Take(PacketHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        PacketRing.PacketBlock block = _ring.Packets;
        while (block.Read(out RingPacket packet))
        {
            // What this machine sends itself passes twice: out and, a moment later, in.
            if (packet.Type == Outgoing && _loopback.Contains(packet.InterfaceIndex))
                continue;
            if (!_directions.HasFlag(packet.Type == Outgoing ? PacketDirections.Out : PacketDirections.In))
                continue;
            if (_filter is { } filter && filter.Run(packet.Octets, packet.Length) == 0)
                continue;
            if (!handler(new PacketRecord(packet.Nanoseconds, Interface, packet.Octets, packet.Length)))
                return false;
        }

        return true;
    }

    /// <summary>Gives the memory of the packets that were ready back to the kernel.</summary>
    public void Release() => _ring.Release();

    /// <summary>Waits for packets.</summary>
    /// <param name="milliseconds">How long at most.</param>
    /// <exception cref="InterfaceException">The interface went down.</exception>
    public void Wait(int milliseconds)
    {
        if (_ring.Wait(milliseconds) is not Errno.OK and var problem)
            throw new InterfaceException($"{Interface.Name}: {problem switch { Errno.ENETDOWN => "the interface went down", _ => LinuxException.Describe(problem) }}");
    }

    /// <summary>Waits for packets, also of an interface that is down by now: those that it had are handed out still.</summary>
    /// <param name="milliseconds">How long at most.</param>
    public void WaitForLast(int milliseconds) => _ = _ring.Wait(milliseconds);

    /// <inheritdoc/>
    public void Dispose() => _ring.Dispose();

    private static InterfaceListener Open(LinkMessage? link, int number, bool isCooked, ListenOptions options, ImmutableHashSet<int> loopback)
    {
        if (link is not null && !link.Header.Flags.HasFlag(LinkFlags.Up))
            throw new InterfaceException($"{link.Name}: that interface is not up: ip link set dev {link.Name} up");
        int linkType = isCooked ? NetworkInterfaces.Cooked : NetworkInterfaces.LinkTypeOf(link);
        var @interface = new CaptureInterface(linkType, (uint)options.SnapLength) { Name = link?.Name ?? "any", Number = number, IsNanosecond = true };
        FilterInstruction[] program = options.Compile(linkType);
        FilterProgram own = FilterProgram.Check(program) ?? throw new InterfaceException("libpcap made a program of the filter that could run astray");

        // Tags of VLANs lie beside the packet while the kernel filters: a filter that asks for them runs here, where they are back.
        FilterInstruction[]? kernels = own.JumpsBack || options.AsksForVlans ? null
            : linkType == NetworkInterfaces.Cooked ? CookedFilter.Rewrite(program)
            : program;
        var ringOptions = new PacketRingOptions(link?.Header.Index ?? 0, linkType == NetworkInterfaces.Cooked)
        {
            BufferSize = options.BufferSize,
            BlockTimeout = options.BlockTimeout,
            Filter = kernels ?? [new FilterInstruction(0x06, 0, 0, (uint)options.SnapLength)],
            IsPromiscuous = options.IsPromiscuous,
        };
        Errno errno = PacketRing.Open(ringOptions, out PacketRing? ring);
        return ring is not null
            ? new InterfaceListener(ring, @interface, kernels is null ? own : null, options.Directions, loopback)
            : throw new InterfaceException(errno is Errno.EPERM or Errno.EACCES
                ? $"{@interface.Name}: you don't have permission to capture on that device: run it as root, or give the program CAP_NET_RAW"
                : $"{@interface.Name}: {LinuxException.Describe(errno)}");
    }
}
