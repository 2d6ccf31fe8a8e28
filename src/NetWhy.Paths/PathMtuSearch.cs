using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Finds the largest packet that gets to an address unfragmented, and where larger ones end.</summary>
/// <remarks>
/// Packets are sent as the interface allows, whatever the kernel believes of the path. Large ones take turns with small
/// ones, so that loss by size can be told from loss. Where a router tells an MTU, that is tried next; where nobody does,
/// the sizes in use, then what lies between. Source: RFC 1191; RFC 8201; RFC 8899, section 5.3.
/// </remarks>
public static class PathMtuSearch
{
    /// <summary>Size that every path takes, in octets. Source: RFC 791, section 3.1.</summary>
    public const int Small = 576;

    private const int Pairs = 5; // all large lost and all small answered: one in 252 by chance (Fisher's exact test)
    private const int FewPairs = 3; // of datagrams, which hosts give few answers to
    private const int Repeats = 2;
    private const int Steps = 16;
    private const int MostRounds = 12;
    private const int Verifications = 2;
    private const int MostHops = 30;
    private const int MostSteps = 3; // MTU steps to be located; more than paths have
    private const int LeastMtu = 68; // RFC 791
    private const int LeastMtu6 = 1280; // RFC 8200, section 5

    // Link and tunnel MTUs in use: paths end at one of these.
    private static readonly int[] Plateaus =
    [
        16_384, 9000, 8950, 8900, 8000, 4352, 1500, 1492, 1480, 1476, 1468, 1460, 1454, 1450, 1442, 1440, 1430, 1428, 1420, 1412, 1400, 1392,
        1380, 1370, 1360, 1350, 1340, 1320, 1300, 1280, 1200, 1006,
    ];

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan ShortInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan AnswerInterval = TimeSpan.FromMilliseconds(1050); // after which Linux has an answer again

    /// <summary>Searches with echo requests, whose replies are as large: a size passes if it does in both directions.</summary>
    /// <param name="address">To whom.</param>
    /// <param name="ceiling">MTU of the interface that they leave by, in octets.</param>
    /// <param name="purpose">Why; see <see cref="SizedPacketSeries.Purpose"/>.</param>
    /// <param name="locate">Whether to find out, if the path takes less, at which hop.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The sizes, and the small ones as a series of echo requests; or why the kernel allows no echo socket.</returns>
    public static async Task<(SizedPacketSeries? Series, EchoSeries? Echo, Errno Refusal)> ByEchoAsync(
        IPAddress address, int ceiling, string purpose, bool locate, CancellationToken cancellationToken)
    {
        Errno errno = EchoSocket.Open(address.AddressFamily, out EchoSocket? socket);
        if (socket is null)
            return (null, null, errno);

        _ = socket.SetMtuProbing();
        using var echo = new SizedEcho(socket);
        var packets = new SizedPackets(echo, address);
        await PairAsync(packets, Small, ceiling, Pairs, Interval, cancellationToken);
        if (!packets.Passes(ceiling) && packets.Passes(Small))
        {
            await NarrowAsync(packets, IsIPv6(address) ? LeastMtu6 : LeastMtu, cancellationToken);
            if (locate)
                await LocateAsync(packets, cancellationToken);
        }

        return (Describe(packets, address, "icmp", purpose, ceiling), packets.Echo(Small, purpose), Errno.OK);
    }

    /// <summary>
    /// Tries with datagrams to closed ports, whose answers are small: a size passes if it does on the way there. Hosts answer
    /// few of them a second (Linux: one, after six at once; icmp_ratelimit in ip-sysctl), so only the sizes are tried where echo has
    /// found its bounds, and silence is taken for loss only where an answer was left to give.
    /// </summary>
    /// <param name="address">To whom.</param>
    /// <param name="ceiling">MTU of the interface that they leave by, in octets.</param>
    /// <param name="echo">What echo finds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observation; null if the kernel gives no socket.</returns>
    public static async Task<SizedPacketSeries?> ByDatagramAsync(
        IPAddress address, int ceiling, Task<SizedPacketSeries?> echo, CancellationToken cancellationToken)
    {
        if (LinuxSocket.Open(address.AddressFamily, SocketKind.Udp, out LinuxSocket? socket) is not Errno.OK || socket is null)
            return null;

        _ = socket.SetMtuProbing();
        using var datagrams = new SizedDatagrams(socket);
        var packets = new SizedPackets(datagrams, address) { Floor = TimeSpan.FromMilliseconds(300) };
        if (await TellAsync(packets, ceiling, Small, FewPairs, cancellationToken) is false && packets.Passes(Small))
        {
            SizedPacketSeries? series = await echo;
            if (series?.Bounds() is var (passed, lost))
                _ = await TellAsync(packets, lost, passed, Repeats, cancellationToken);
            else if (series is null)
                await FollowAsync(packets, cancellationToken);
        }

        return Describe(packets, address, "udp", "forward", ceiling);
    }

    // Without echo, what routers tell has to do: hosts answer too few datagrams for a search.
    private static async Task FollowAsync(SizedPackets packets, CancellationToken cancellationToken)
    {
        for (int step = 0; step < MostSteps; step++)
        {
            (int passed, int lost) = (packets.LargestPassed, packets.SmallestLost);
            int told = packets.Told.Select(told => told.Mtu).Where(mtu => mtu > passed && mtu < lost).DefaultIfEmpty(0).Min();
            if (told == 0)
                return;
            _ = await TellAsync(packets, told + 1, told, Repeats, cancellationToken);
        }
    }

    /// <summary>Whether packets of a size are lost where smaller ones are answered, at a destination that answers few.</summary>
    /// <remarks>
    /// The large one goes first: if it arrives, what is left of the answers is its own. So a small one that is answered shows that the
    /// large one before it was lost; where neither is, nothing shows, and the next pair waits for the destination to have an answer again.
    /// </remarks>
    /// <returns>Whether it passes; null if the answers were too few to tell, or none.</returns>
    private static async Task<bool?> TellAsync(SizedPackets packets, int large, int small, int pairs, CancellationToken cancellationToken)
    {
        bool IsDecided() => packets.Passes(large) || packets.IsRefused(small) || (packets.IsRefused(large) && packets.Passes(small));
        for (int lost = 0, untold = 0; lost < pairs;)
        {
            long begin = Stopwatch.GetTimestamp();
            int first = packets.Count;
            packets.Send(large);
            packets.Send(small);
            await packets.TakeAsync(() => packets.Patience, () => IsDecided() || packets.IsSettled(first), cancellationToken);
            bool isTold = packets.IsAnswered(first + 1);
            if (!isTold && !IsDecided() && untold + 1 < MostUntold(packets))
                await packets.TakeAsync(() => AnswerInterval - Stopwatch.GetElapsedTime(begin), IsDecided, cancellationToken);
            if (IsDecided())
                return packets.Passes(large);
            if (packets.IsAnswered(first + 1))
            {
                lost++;
            }
            else if (++untold >= MostUntold(packets))
            {
                if (packets.LargestPassed > 0)
                    packets.SetAside(large, small);
                return null;
            }
        }

        return false;
    }

    // Who answers nothing at all is asked once more: it may have been asked by others just before.
    private static int MostUntold(SizedPackets packets) => packets.LargestPassed > 0 ? 3 : 2;

    /// <summary>Tries a few sizes on the link itself: those of a neighbour.</summary>
    /// <param name="neighbour">The neighbour.</param>
    /// <param name="ceiling">MTU of the interface, in octets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observation; null if the kernel allows no echo socket.</returns>
    public static async Task<SizedPacketSeries?> OfNeighbourAsync(IPAddress neighbour, int ceiling, CancellationToken cancellationToken)
    {
        if (EchoSocket.Open(neighbour.AddressFamily, out EchoSocket? socket) is not Errno.OK || socket is null)
            return null;

        const int Usual = 1500;
        _ = socket.SetMtuProbing();
        using var echo = new SizedEcho(socket);
        var packets = new SizedPackets(echo, neighbour);
        if (ceiling > Usual)
            packets.Send(Usual);
        await PairAsync(packets, Small, ceiling, Pairs, Interval, cancellationToken);
        return Describe(packets, neighbour, "icmp", "gateway", ceiling);
    }

    /// <summary>
    /// Tries packets that are cut into fragments beside whole ones that pass: echo requests, and where those are lost datagrams to
    /// closed ports, whose answers are small, so that the direction is known.
    /// </summary>
    /// <param name="address">To whom.</param>
    /// <param name="sizes">What echo found of whole packets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observations; none where nobody answers whole packets, or a size that is lost without a word hides what fragments do.</returns>
    public static async Task<IReadOnlyList<SizedPacketSeries>> FragmentsAsync(
        IPAddress address, SizedPacketSeries sizes, CancellationToken cancellationToken)
    {
        const int Beyond = 200; // octets in the second fragment, with its header
        const int Largest = 60_000;
        int passed = sizes.Trials.Where(trial => trial.Answered > 0).Select(trial => trial.Size).DefaultIfEmpty(0).Max();
        bool isWhole = passed == sizes.InterfaceMtu || sizes.Trials.Any(trial => trial.Error?.Mtu == passed); // what the kernel cuts to
        if (passed == 0 || !isWhole || passed > Largest || EchoSocket.Open(address.AddressFamily, out EchoSocket? socket) is not Errno.OK || socket is null)
            return [];

        _ = socket.Socket.SetMtuDiscovery(MtuDiscovery.Dont);
        using var echo = new SizedEcho(socket);
        SizedPacketSeries both = await CutAsync(echo, "icmp", (packets, whole, cut) => PairAsync(packets, whole, cut, Pairs, Interval, cancellationToken));
        if (both.Bounds() is null || LinuxSocket.Open(address.AddressFamily, SocketKind.Udp, out LinuxSocket? datagrams) is not Errno.OK || datagrams is null)
            return [both];
        _ = datagrams.SetMtuDiscovery(MtuDiscovery.Dont);
        using var closed = new SizedDatagrams(datagrams);
        return [both, await CutAsync(closed, "udp", (packets, whole, cut) => TellAsync(packets, cut, whole, FewPairs, cancellationToken))];

        async Task<SizedPacketSeries> CutAsync(ISizedSocket by, string protocol, Func<SizedPackets, int, int, Task> tryAsync)
        {
            var packets = new SizedPackets(by, address);
            await tryAsync(packets, passed, passed + Beyond);
            return Describe(packets, address, protocol, "fragments", sizes.InterfaceMtu);
        }
    }

    extension(SizedPacketSeries series)
    {
        /// <summary>The largest size that is answered, and the smallest above it that is not; null if it has no such bounds.</summary>
        public (int Passed, int Lost)? Bounds()
        {
            int passed = series.Trials.Where(trial => trial.Answered > 0).Select(trial => trial.Size).DefaultIfEmpty(0).Max();
            int lost = series.Trials.Where(trial => trial.Size > passed).Select(trial => trial.Size).DefaultIfEmpty(0).Min();
            return passed > 0 && lost > 0 ? (passed, lost) : null;
        }
    }

    private static bool IsIPv6(IPAddress address) => address.AddressFamily is AddressFamily.InterNetworkV6;

    private static SizedPacketSeries Describe(SizedPackets packets, IPAddress address, string protocol, string purpose, int? ceiling) =>
        new(address, protocol, packets.Trials()) { Purpose = purpose, InterfaceMtu = ceiling, Hops = packets.Hops() is { Length: > 0 } hops ? hops : null, Untold = packets.Untold() is { Length: > 0 } untold ? untold : null };

    // Small and large in turn, until a large one is answered or refused: what one packet shows needs no statistics.
    private static async Task PairAsync(
        SizedPackets packets, int small, int large, int pairs, TimeSpan interval, CancellationToken cancellationToken)
    {
        bool IsDecided() => packets.Passes(large) || (packets.IsRefused(large) && packets.Passes(small));
        for (int i = 0; i < pairs && !IsDecided(); i++)
        {
            packets.Send(small);
            if (large > small)
                packets.Send(large);
            await packets.TakeAsync(() => interval, IsDecided, cancellationToken);
        }

        await packets.TakeAsync(() => packets.Patience, () => IsDecided() || packets.IsSettled(0), cancellationToken);
    }

    private static async Task NarrowAsync(SizedPackets packets, int least, CancellationToken cancellationToken)
    {
        bool arePlateausTried = false;
        int verified = 0;
        for (int round = 0; round < MostRounds; round++)
        {
            (int passed, int lost) = (packets.LargestPassed, packets.SmallestLost);
            if (lost == 0)
                return;
            int first = packets.Count;
            if (lost - passed <= 1)
            {
                // A router's word is enough; that nobody answers must not be chance.
                if (packets.IsRefused(lost) || verified++ == Verifications)
                    return;
                for (int i = 0; i < Pairs; i++)
                    await SendAsync(packets, [passed, lost], Interval, () => packets.Passes(lost), cancellationToken);
            }
            else
            {
                int[] sizes = Candidates(packets, passed, lost, least, ref arePlateausTried);
                for (int i = 0; i < Repeats && !packets.IsSettled(first) | (i == 0); i++)
                    await SendAsync(packets, sizes, ShortInterval, () => false, cancellationToken);
            }

            await packets.TakeAsync(() => packets.Patience, () => packets.IsSettled(first) || packets.Passes(lost), cancellationToken);
            if (packets.Count == first)
                return;
        }
    }

    private static int[] Candidates(SizedPackets packets, int passed, int lost, int least, ref bool arePlateausTried)
    {
        int[] told =
        [
            .. packets.Told.Where(told => told.Mtu >= least && told.Mtu < told.Size)
                .SelectMany(told => (int[])[told.Mtu, told.Mtu + 1])
                .Where(size => size > passed && size < lost).Distinct(),
        ];
        if (told.Length > 0)
            return told;
        int[] plateaus = arePlateausTried ? [] : [.. Plateaus.Where(size => size > passed && size < lost)];
        arePlateausTried = true;
        return plateaus.Length > 0
            ? plateaus
            :
            [
                .. Enumerable.Range(1, Steps).Select(step => passed + (lost - passed) * step / (Steps + 1))
                    .Where(size => size > passed && size < lost).Distinct(),
            ];
    }

    // Routers look at the hop limit before the size: the one before the narrow link answers, those behind it do not.
    private static async Task LocateAsync(SizedPackets packets, CancellationToken cancellationToken)
    {
        (int passed, int lost) = (packets.LargestPassed, packets.SmallestLost);
        if (lost == 0)
            return;
        int[] sizes = [.. packets.Told.GroupBy(told => told.Mtu).Select(told => told.Min(one => one.Size)).Append(lost).Append(packets.SmallestSilent).Where(size => size >= lost).Distinct().Order().Take(MostSteps), passed];
        int most = packets.ReplyTtl is { } ttl ? Math.Min(MostHops, Initial(ttl) - ttl + 3) : MostHops;
        int first = packets.Count;
        for (int i = 0; i < Repeats && (i == 0 || !packets.IsSettled(first)); i++)
        {
            for (int hop = 1; hop <= most; hop++)
            {
                foreach (int size in sizes)
                    packets.Send(size, hop);
                await packets.TakeAsync(() => ShortInterval, () => false, cancellationToken);
            }

            await packets.TakeAsync(() => i == 0 ? ShortInterval : packets.Patience, () => packets.IsSettled(first), cancellationToken);
        }
    }

    // Senders start with 64, 128 or 255.
    private static int Initial(int ttl) => ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;

    private static async Task SendAsync(
        SizedPackets packets, int[] sizes, TimeSpan interval, Func<bool> isDone, CancellationToken cancellationToken)
    {
        foreach (int size in sizes)
        {
            packets.Send(size);
            await packets.TakeAsync(() => interval, isDone, cancellationToken);
        }
    }
}
