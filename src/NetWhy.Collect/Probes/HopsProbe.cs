using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Finds the routers on the way, and where packets to the port die, once something is wrong with the way.</summary>
/// <remarks>
/// TCP probes are real SYNs of ordinary sockets whose hop limit runs out; the error comes back through the socket's
/// error queue, so no privilege is needed and the kernel clears up whatever gets through.
/// </remarks>
public sealed class HopsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.hops";

    private const int Tries = 2; // routers limit the rate of their errors
    private const int MostAddresses = 2;

    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(350);

    // The next window starts only where the last one had an answer: a dead way costs two windows.
    private static readonly (int First, int Last)[] Windows = [(1, 4), (5, 9), (10, 16), (17, 24)];

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which routers lie on the way, and where do packets to the port die?",
        Source: "RFC 792 and RFC 4443, Time Exceeded; ip(7), IP_RECVERR",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<IPAddress> traced = [];
        List<Task> runs = [];
        while (traced.Count < MostAddresses
            && await context.Evidence.FirstAsync<Observation>(
                observation => Trouble(observation) is { } address && !traced.Contains(address),
                ["exchange", EchoProbe.Id],
                cancellationToken) is { } observation)
        {
            IPAddress address = Trouble(observation)!;
            traced.Add(address);
            runs.Add(TraceByEchoAsync(context, address, cancellationToken));
            if (context.Target.Port is { } port && context.Target.IsTcp)
            {
                runs.Add(TraceByTcpAsync(context, address, port, "target", cancellationToken));
                runs.Add(TraceByTcpAsync(context, address, port == 443 ? 80 : 443, "control", cancellationToken));
            }
        }

        await Task.WhenAll(runs);
    }

    private static IPAddress? Trouble(Observation observation) => observation switch
    {
        Silence { Stage: ExchangeStage.NotConnected } silence => silence.Address,
        ConnectAttempt { Purpose: "target", Outcome: not ConnectOutcome.Connected, FailedCall: null or "connect" } attempt
            when !attempt.Address.Equals(IPAddress.Loopback) => attempt.Address,
        EchoSeries { Purpose: "target" } echo when echo.Received < echo.Sent || echo.MedianRoundTrip > FarAway => echo.Address,
        _ => null,
    };

    private static async Task TraceByTcpAsync(
        ProbeContext context, IPAddress address, int port, string purpose, CancellationToken cancellationToken)
    {
        List<Hop> hops = [];
        bool isReached = false;
        foreach ((int first, int last) in Windows)
        {
            (Hop Hop, bool IsTarget)[] answers = await Task.WhenAll(
                Enumerable.Range(first, last - first + 1)
                    .Select(ttl => AskByTcpAsync(address, port, ttl, cancellationToken)));
            isReached = Append(hops, answers);
            if (isReached || answers.All(answer => answer.Hop.Node is null))
                break;
        }

        context.Report(new PathTrace(address, "tcp", port, hops, isReached) { Purpose = purpose });
    }

    /// <returns>Whether the destination itself is among the answers; hops behind it are left out.</returns>
    private static bool Append(List<Hop> hops, (Hop Hop, bool IsTarget)[] answers)
    {
        foreach ((Hop hop, bool isTarget) in answers)
        {
            hops.Add(hop);
            if (isTarget)
                return true;
        }

        return false;
    }

    private static async Task<(Hop Hop, bool IsTarget)> AskByTcpAsync(
        IPAddress address, int port, int ttl, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            using TcpConnection connection = await TcpConnector.ConnectAsync(
                address, port, new ConnectOptions { Ttl = ttl, Patience = Patience }, cancellationToken);
            connection.Socket?.AbortOnClose();
            ConnectAttempt made = connection.Attempt;
            bool isTarget = made.Outcome is ConnectOutcome.Connected
                || made is { Errno: nameof(Errno.ECONNREFUSED), Icmp: null };
            if (isTarget)
                return (new Hop(ttl, address, made.Elapsed) { Sent = attempt, Answered = 1 }, true);
            if (made.Icmp is { IsOwnAddress: false } error)
            {
                bool isExpiry = IsTimeExceeded(error, address);
                return (
                    new Hop(ttl, error.Offender, made.Elapsed)
                    {
                        Error = isExpiry ? null : error,
                        Sent = attempt,
                        Answered = 1,
                    },
                    !isExpiry && error.Offender.Equals(address));
            }

            if (made.Outcome is ConnectOutcome.Failed)
                return (new Hop(ttl, null, null) { Error = made.Icmp, Sent = attempt }, false); // this machine refuses
        }

        return (new Hop(ttl, null, null) { Sent = Tries }, false);
    }

    private static async Task TraceByEchoAsync(ProbeContext context, IPAddress address, CancellationToken cancellationToken)
    {
        Errno refusal = EchoSocket.Open(address.AddressFamily, out EchoSocket? socket);
        if (socket is null)
        {
            context.ReportNotObserved($"the routers towards {address} by ICMP", $"echo socket: {refusal}");
            return;
        }

        using (socket)
        {
            List<Hop> hops = [];
            bool isReached = false;
            foreach ((int first, int last) in Windows)
            {
                (Hop Hop, bool IsTarget)[] answers = await AskByEchoAsync(socket, address, first, last, cancellationToken);
                isReached = Append(hops, answers);
                if (isReached || answers.All(answer => answer.Hop.Node is null))
                    break;
            }

            context.Report(new PathTrace(address, "icmp", 0, hops, isReached));
        }
    }

    private static async Task<(Hop Hop, bool IsTarget)[]> AskByEchoAsync(
        EchoSocket socket, IPAddress address, int first, int last, CancellationToken cancellationToken)
    {
        var answers = new (Hop Hop, bool IsTarget)[last - first + 1];
        long[] sentAt = new long[answers.Length];
        for (int ttl = first; ttl <= last; ttl++)
            answers[ttl - first] = (new Hop(ttl, null, null) { Sent = 0 }, false);
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            for (int i = 0; i < answers.Length; i++)
            {
                if (answers[i].Hop.Node is not null)
                    continue;
                socket.SetTtl(first + i);
                sentAt[i] = Stopwatch.GetTimestamp();
                _ = socket.Send(address, (ushort)(first + i), socket.HeaderSize + 32);
                answers[i].Hop = answers[i].Hop with { Sent = attempt };
            }

            long begin = Stopwatch.GetTimestamp();
            while (answers.Any(answer => answer.Hop.Node is null))
            {
                while (socket.TryReceive(out EchoAnswer answer))
                    Take(answers, sentAt, first, answer, address);
                TimeSpan left = Patience - Stopwatch.GetElapsedTime(begin);
                if (left <= TimeSpan.Zero || answers.Any(answer => answer.IsTarget))
                    break;
                if (await socket.WaitAsync(left, cancellationToken) is var events && !events.HasFlag(PollEvents.Read))
                    await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
            }
        }

        return answers;
    }

    private static void Take(
        (Hop Hop, bool IsTarget)[] answers, long[] sentAt, int first, EchoAnswer answer, IPAddress address)
    {
        int index = (answer.Sequence ?? 0) - first;
        if (index < 0 || index >= answers.Length || answers[index].Hop.Node is not null)
            return;

        IcmpError? error = answer.Error?.ToIcmpError();
        if (error is { IsOwnAddress: true })
            return;

        bool isExpiry = error is not null && IsTimeExceeded(error, address);
        answers[index] = (
            answers[index].Hop with
            {
                Node = answer.Source,
                RoundTrip = Stopwatch.GetElapsedTime(sentAt[index]),
                Error = isExpiry ? null : error,
                Answered = 1,
            },
            error is null && answer.Source.Equals(address));
    }

    private static bool IsTimeExceeded(IcmpError error, IPAddress address) =>
        (address.AddressFamily, error.Type) is
            (System.Net.Sockets.AddressFamily.InterNetwork, 11) or (System.Net.Sockets.AddressFamily.InterNetworkV6, 3);
}
