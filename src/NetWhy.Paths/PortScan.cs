using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>How ports are tried.</summary>
public sealed record PortScanSettings
{
    /// <summary>Whether by UDP; else by TCP.</summary>
    public bool IsUdp { get; init; }

    /// <summary>How long to wait for each; null for as long as the kernel tries.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Most trials that run at once.</summary>
    public int AtOnce { get; init; } = 2048;

    /// <summary>Most trials that begin in a second.</summary>
    public int PerSecond { get; init; } = 10_000;

    /// <summary>Pause between the begin of two trials, which are one after the other then; zero for none.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Gets each socket before it connects: options and local address. Gives why that failed.</summary>
    public Func<LinuxSocket, Errno> Prepare { get; init; } = _ => Errno.OK;
}

/// <summary>What came of trying one address at one port.</summary>
/// <param name="Address">The address.</param>
/// <param name="Outcome">Why it failed; <see cref="Errno.OK"/> if it connected, or if no datagram was refused.</param>
/// <param name="IsTimeout">Whether nothing came in the time.</param>
/// <param name="HasAnswer">Whether something came back: for UDP, silence is no refusal and no answer either.</param>
/// <param name="Took">How long it took; of a connection that stands, its round trip as the kernel measured it.</param>
public readonly record struct PortTrial(IPAddress Address, Errno Outcome, bool IsTimeout, bool HasAnswer, TimeSpan Took)
{
    /// <summary>Whether it failed on this machine, before anything was sent.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The ICMP error that it failed by; null if none came.</summary>
    public IcmpError? Icmp { get; init; }
}

/// <summary>What came of one port.</summary>
/// <param name="Port">The port.</param>
/// <param name="Trials">The addresses tried in their order, up to the first that was right; it has one at least.</param>
public sealed record PortOutcome(int Port, IReadOnlyList<PortTrial> Trials)
{
    /// <summary>Whether the last address tried took it.</summary>
    public bool IsOpen => Trials[^1].Outcome is Errno.OK && !Trials[^1].IsTimeout;
}

/// <summary>Tries many ports of a host at once, and tells of them in their order.</summary>
/// <remarks>
/// Waits overlap: a host that drops everything costs one timeout for each <see cref="PortScanSettings.AtOnce"/> ports, and no
/// more begin in a second than <see cref="PortScanSettings.PerSecond"/>, which firewalls and neighbour tables bear.
/// </remarks>
public static class PortScan
{
    private static readonly TimeSpan UdpPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(20);
    private static readonly TimeSpan DescriptorPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Tries them.</summary>
    /// <param name="addresses">Addresses of the host, the best first.</param>
    /// <param name="ports">The ports.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async IAsyncEnumerable<PortOutcome> RunAsync(
        IReadOnlyList<IPAddress> addresses,
        IEnumerable<int> ports,
        PortScanSettings settings,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ports);
        var running = new Queue<Task<PortOutcome>>();
        int most = settings.Interval > TimeSpan.Zero ? 1 : settings.AtOnce;
        await WarmUpAsync(cancellationToken);
        long begin = Stopwatch.GetTimestamp();
        int begun = 0;
        foreach (int port in ports)
        {
            if (settings.Interval > TimeSpan.Zero && begun > 0)
                await Task.Delay(settings.Interval, cancellationToken);
            TimeSpan ahead = TimeSpan.FromSeconds((double)begun / settings.PerSecond) - Stopwatch.GetElapsedTime(begin);
            if (ahead > TimeSpan.FromMilliseconds(1))
                await Task.Delay(ahead, cancellationToken);
            begun++;
            running.Enqueue(TryAsync(addresses, port, settings, cancellationToken));
            while (running.Count >= most || (running.Count > 0 && running.Peek().IsCompleted))
                yield return await running.Dequeue();
        }

        while (running.Count > 0)
            yield return await running.Dequeue();
    }

    // Code that runs for the first time takes long, and would count as the time of the first port. Nothing is sent.
    private static async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        if (LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Tcp, out LinuxSocket? socket) is not Errno.OK || socket is null)
            return;
        using (socket)
        {
            _ = await AwaitAsync(socket, DescriptorPause, cancellationToken); // an unconnected socket is ready at once: it hung up
            _ = TcpConnector.TakeIcmpError(socket);
        }
    }

    private static async Task<PortOutcome> TryAsync(
        IReadOnlyList<IPAddress> addresses, int port, PortScanSettings settings, CancellationToken cancellationToken)
    {
        var trials = new List<PortTrial>(1);
        foreach (IPAddress address in addresses)
        {
            PortTrial trial = await TryOneAsync(address, port, settings, cancellationToken);
            trials.Add(trial);
            if (trial.Outcome is Errno.OK && !trial.IsTimeout)
                break;
        }

        return new PortOutcome(port, trials);
    }

    private static async Task<PortTrial> TryOneAsync(IPAddress address, int port, PortScanSettings settings, CancellationToken cancellationToken)
    {
        Errno errno = LinuxSocket.Open(address.AddressFamily, settings.IsUdp ? SocketKind.Udp : SocketKind.Tcp, out LinuxSocket? socket);
        while (errno is Errno.EMFILE)
        {
            await Task.Delay(DescriptorPause, cancellationToken); // others end and leave theirs
            errno = LinuxSocket.Open(address.AddressFamily, settings.IsUdp ? SocketKind.Udp : SocketKind.Tcp, out socket);
        }

        long begin = Stopwatch.GetTimestamp();
        if (socket is null)
            return new PortTrial(address, errno, false, false, default) { IsLocal = true };
        using (socket)
        {
            errno = settings.Prepare(socket);
            if (errno is not Errno.OK)
                return new PortTrial(address, errno, false, false, default) { IsLocal = true };
            errno = socket.Connect(address, port);
            bool isTimeout = false;
            bool hasAnswer = errno is Errno.OK or Errno.ECONNREFUSED;
            if (settings.IsUdp && errno is Errno.OK)
                (errno, hasAnswer) = await AskUdpAsync(socket, settings.Timeout, cancellationToken);
            else if (errno is Errno.EINPROGRESS)
                (errno, isTimeout, hasAnswer) = await AwaitAsync(socket, settings.Timeout, cancellationToken);
            TimeSpan took = Stopwatch.GetElapsedTime(begin);
            if (!settings.IsUdp && errno is Errno.OK && !isTimeout && socket.GetTcpInfo() is { TotalRetransmits: 0 } info && info.RoundTrip > TimeSpan.Zero && info.RoundTrip < took)
                took = info.RoundTrip;
            return new PortTrial(address, errno, isTimeout, hasAnswer, took) { Icmp = errno is Errno.OK ? null : TcpConnector.TakeIcmpError(socket) };
        }
    }

    private static async Task<(Errno Errno, bool IsTimeout, bool HasAnswer)> AwaitAsync(LinuxSocket socket, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        PollEvents events = await socket.WaitAsync(PollEvents.Write, timeout ?? LongestWait, cancellationToken);
        if (events is PollEvents.None)
            return (Errno.EINPROGRESS, true, false);
        Errno errno = socket.TakeError();
        return (errno, false, errno is not Errno.ETIMEDOUT);
    }

    // One octet, and a moment for the refusal: only an ICMP error tells a closed port from one that keeps silent.
    private static async Task<(Errno Errno, bool HasAnswer)> AskUdpAsync(LinuxSocket socket, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Errno errno = socket.Send("X"u8, out _);
        if (errno is not Errno.OK)
            return (errno, errno is Errno.ECONNREFUSED);
        TimeSpan patience = timeout < UdpPatience ? timeout.Value : UdpPatience;
        PollEvents events = await socket.WaitAsync(PollEvents.Read, patience, cancellationToken);
        if (events is PollEvents.None)
            return (Errno.OK, false);
        return (socket.TakeError(), true);
    }
}
