using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Packets of several sizes and hop limits to one address, and what came of each, late answers included.</summary>
/// <param name="socket">What sends them.</param>
/// <param name="address">To whom.</param>
internal sealed class SizedPackets(ISizedSocket socket, IPAddress address)
{
    /// <summary>Packets that a run may send.</summary>
    public const int Most = 2000;

    /// <summary>Hop limit of packets that are meant to arrive.</summary>
    public const int Far = 64;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100); // a host or a helper thread may be busy
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(600); // half around the world, and a busy host

    private readonly List<Packet> _packets = [];
    private readonly HashSet<int> _untold = [];
    private TimeSpan _longest;

    /// <summary>How long to wait for what is still to come: several round trips, as far as they are known.</summary>
    public TimeSpan Patience => _longest == default
        ? Floor
        : TimeSpan.FromTicks(Math.Clamp(4 * _longest.Ticks, ShortestWait.Ticks, LongestWait.Ticks));

    /// <summary>How long to wait while nothing has come.</summary>
    public TimeSpan Floor { get; init; } = FirstWait;

    /// <summary>Hop limit that answers of the destination arrive with; null before one came.</summary>
    public int? ReplyTtl { get; private set; }

    /// <summary>Number of packets that have been sent.</summary>
    public int Count => _packets.Count;

    /// <summary>Sends one.</summary>
    /// <param name="size">Its size, in octets.</param>
    /// <param name="ttl">Its hop limit.</param>
    public void Send(int size, int ttl = Far)
    {
        if (_packets.Count >= Most)
            return;
        var packet = new Packet(size, ttl, Stopwatch.GetTimestamp());
        int number = _packets.Count;
        _packets.Add(packet);
        packet.Errno = socket.Send(address, number, size, ttl);
    }

    /// <summary>Takes what comes.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="isDone">Whether to stop before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task TakeAsync(Func<TimeSpan> patience, Func<bool> isDone, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            while (socket.TryReceive(out SizedAnswer answer))
                Take(answer);
            TimeSpan left = patience() - Stopwatch.GetElapsedTime(begin);
            if (isDone() || left <= TimeSpan.Zero)
                return;
            if (await socket.WaitAsync(left, cancellationToken) is not PollEvents.None and var events && !events.HasFlag(PollEvents.Read))
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken); // an error that stays readable
        }
    }

    /// <summary>Whether packets of a size are answered.</summary>
    /// <param name="size">The size.</param>
    public bool Passes(int size) => OfSize(size).Any(packet => packet.IsAnswered);

    /// <summary>Whether a packet is answered.</summary>
    /// <param name="number">Its number.</param>
    public bool IsAnswered(int number) => number < _packets.Count && _packets[number].IsAnswered;

    /// <summary>Takes what is not answered of some sizes for nothing known, instead of lost.</summary>
    /// <param name="sizes">The sizes.</param>
    public void SetAside(params ReadOnlySpan<int> sizes)
    {
        foreach (int size in sizes)
        {
            if (!Passes(size) && !IsRefused(size))
                _untold.Add(size);
        }
    }

    /// <summary>Whether every packet from a number on has met its fate: answered, refused on the way or here.</summary>
    /// <param name="first">The number.</param>
    public bool IsSettled(int first) => _packets.Skip(first).All(packet => packet.IsSettled);

    /// <summary>Whether some packet of a size is answered with an error, or was not sent.</summary>
    /// <param name="size">The size.</param>
    public bool IsRefused(int size) => OfSize(size).Any(packet => packet.Error is not null || packet.Errno is not Errno.OK);

    /// <summary>Largest size that is answered; 0 if none is.</summary>
    public int LargestPassed => Arriving.Where(packet => packet.IsAnswered).Select(packet => packet.Size).DefaultIfEmpty(0).Max();

    /// <summary>Smallest size above <see cref="LargestPassed"/> that was tried and is not answered; 0 if there is none.</summary>
    public int SmallestLost => LargestPassed is var passed
        ? Arriving.Where(packet => packet.Size > passed).Select(packet => packet.Size).DefaultIfEmpty(0).Min()
        : 0;

    /// <summary>Smallest size above those that routers told of whose packets vanish without a word; 0 if there is none.</summary>
    public int SmallestSilent
    {
        get
        {
            int told = Told.Select(told => told.Size).DefaultIfEmpty(0).Max();
            return Arriving.GroupBy(packet => packet.Size)
                .Where(packets => packets.Key > told && packets.All(packet => !packet.IsSettled))
                .Select(packets => packets.Key).DefaultIfEmpty(0).Min();
        }
    }

    /// <summary>The MTUs that routers have told, each with the size that was too big for it.</summary>
    public IEnumerable<(int Mtu, int Size)> Told =>
        Arriving.Where(packet => packet.Error is { Mtu: > 0 }).Select(packet => (packet.Error!.Mtu!.Value, packet.Size)).Distinct();

    /// <summary>What came of each size, in order of first use.</summary>
    public SizeTrial[] Trials() => Trials(Arriving);

    /// <summary>What was sent of each size that was set aside.</summary>
    public SizeTrial[] Untold() => Trials(_packets.Where(packet => _untold.Contains(packet.Size)));

    private static SizeTrial[] Trials(IEnumerable<Packet> all) =>
    [
        .. all.GroupBy(packet => packet.Size).Select(packets => new SizeTrial(
            packets.Key, packets.Count(), packets.Count(packet => packet.IsAnswered))
        {
            Error = packets.LastOrDefault(packet => packet.Error is not null)?.Error,
            Errno = packets.LastOrDefault(packet => packet.Errno is not Errno.OK)?.Errno.ToString(),
        }),
    ];

    /// <summary>What came of the packets whose hop limit ran out, by hop limit and size.</summary>
    public SizedHop[] Hops() =>
    [
        .. _packets.Where(packet => packet.Ttl < Far)
            .GroupBy(packet => (packet.Ttl, packet.Size))
            .OrderBy(packets => packets.Key)
            .Select(packets => new SizedHop(
                packets.Key.Ttl, packets.Key.Size, packets.Count(), packets.Count(packet => packet.Node is not null))
            {
                Node = packets.LastOrDefault(packet => packet.Node is not null)?.Node,
                Error = packets.LastOrDefault(packet => packet.Error is not null)?.Error,
                IsDestination = packets.Any(packet => packet.IsAnswered),
            }),
    ];

    /// <summary>The packets of one size as a series of echo requests.</summary>
    /// <param name="size">The size.</param>
    /// <param name="purpose">Why; see <see cref="EchoSeries.Purpose"/>.</param>
    public EchoSeries Echo(int size, string purpose)
    {
        Packet[] packets = [.. OfSize(size)];
        TimeSpan[] times = [.. packets.Select(packet => packet.RoundTrip).OfType<TimeSpan>().Order()];
        return new EchoSeries(address, purpose, size, packets.Length, times.Length)
        {
            MinRoundTrip = times is [var least, ..] ? least : null,
            MedianRoundTrip = times.Length > 0 ? times[times.Length / 2] : null,
            MaxRoundTrip = times is [.., var most] ? most : null,
            ReplyTtl = ReplyTtl,
            Errors = [.. packets.Select(packet => packet.Error).OfType<IcmpError>().Distinct()],
            Errno = packets.LastOrDefault(packet => packet.Errno is not Errno.OK)?.Errno.ToString(),
            Waited = Patience,
            ErrorDelay = packets.Max(packet => packet.ErrorDelay),
        };
    }

    private IEnumerable<Packet> Arriving => _packets.Where(packet => packet.Ttl == Far && !_untold.Contains(packet.Size));

    private IEnumerable<Packet> OfSize(int size) => Arriving.Where(packet => packet.Size == size);

    private void Take(SizedAnswer answer)
    {
        if (answer.Number < 0 || answer.Number >= _packets.Count || _packets[answer.Number] is not { IsAnswered: false } packet)
            return;
        if (answer.Error is null && !answer.Node.Equals(address))
            return;
        packet.Node = answer.Node;
        if (answer.Error is { } error)
        {
            if (packet.Ttl == Far || error.Meaning is not IcmpMeaning.HopLimitExceeded)
                packet.Error = error;
            packet.ErrorDelay ??= Stopwatch.GetElapsedTime(packet.SentAt);
        }
        else
        {
            ReplyTtl ??= answer.Ttl;
            TimeSpan roundTrip = StampedRoundTrip.Of(packet.SentAt, answer.KernelTime, TimeProvider.System);
            packet.RoundTrip = roundTrip;
            _longest = roundTrip > _longest ? roundTrip : _longest;
        }
    }

    private sealed class Packet(int size, int ttl, long sentAt)
    {
        public int Size { get; } = size;

        public int Ttl { get; } = ttl;

        public long SentAt { get; } = sentAt;

        public Errno Errno { get; set; }

        public TimeSpan? RoundTrip { get; set; }

        public bool IsAnswered => RoundTrip is not null;

        public IPAddress? Node { get; set; }

        public IcmpError? Error { get; set; }

        public TimeSpan? ErrorDelay { get; set; }

        public bool IsSettled => Node is not null || Errno is not Errno.OK;
    }
}
