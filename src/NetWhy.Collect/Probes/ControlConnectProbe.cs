using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Connects to other ports where the port asked about fails, and again and again where it works with a hitch: what is
/// the port's, what is the host's and what is chance shows only in comparison.
/// </summary>
public sealed class ControlConnectProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "tcp.control";

    private const int AttemptsInBurst = 10;
    private const int AttemptsWhenSilent = 8; // half of all paths dead: one in 256 that no attempt takes a live one
    private const int MostAddresses = 4;

    private static readonly int[] UsualPorts = [443, 80, 22];

    // Two bursts, far enough apart that a limit of one connection a second tells itself from loss; and one by one
    // between them, since loss comes in bursts too.
    private static readonly int[] Bursts = [AttemptsInBurst, .. Enumerable.Repeat(1, 12), AttemptsInBurst];
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ControlPatience = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan SeriesPatience = TimeSpan.FromSeconds(2.4);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Is it this port, this host or chance?",
        Source: "RFC 9293, section 3.5",
        Question.Port)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null && (target.IsTcp || target.Port is null);

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<(IPAddress, int, bool)> looked = [];
        List<Task> runs = [];
        while (looked.Count < MostAddresses
            && await context.Evidence.FirstAsync<Observation>(
                observation => Trouble(observation) is var (address, port) && !looked.Contains((address, port, IsSilent(observation, port))),
                ["exchange", EchoProbe.Id],
                cancellationToken) is { } observation)
        {
            (IPAddress address, int port) = Trouble(observation)!.Value;
            bool isSilent = IsSilent(observation, port);
            looked.Add((address, port, isSilent));
            runs.Add(isSilent
                ? TryOtherPortsAsync(context, address, port, cancellationToken)
                : RepeatAsync(
                    context, address, port, observation is EchoSeries { Received: 0 } ? [AttemptsInBurst] : Bursts, SeriesPatience, cancellationToken));
        }

        await Task.WhenAll(runs);

        // What is silent at first and connects late is asked both: whether others answer, and whether the next is late too.
        static bool IsSilent(Observation observation, int port) =>
            port == 0 || observation is Silence or ConnectAttempt { Outcome: not ConnectOutcome.Connected };

        bool IsConnected(IPAddress address) => context.Evidence.All<ConnectAttempt>().Any(attempt =>
            attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected } && attempt.Address.Equals(address));

        (IPAddress Address, int Port)? Trouble(Observation observation) => observation switch
        {
            ConnectAttempt { Purpose: "target", Outcome: not ConnectOutcome.Connected, FailedCall: null or "connect" } attempt =>
                (attempt.Address, attempt.Port),
            Silence { Stage: ExchangeStage.NotConnected } silence => (silence.Address, silence.Port),
            ConnectAttempt { Purpose: "target", SynRetransmits: > 0 } attempt => (attempt.Address, attempt.Port),
            TcpInfoSample { TotalRetransmits: > 0, Moment: "end" } sample => (sample.Address, sample.Port),
            EchoSeries { Purpose: "target", Received: > 0 } echo when echo.Received < echo.Sent && context.Target.Port is { } port =>
                (echo.Address, port),
            EchoSeries { Purpose: "target", Received: 0 } echo when context.Target.Port is null => (echo.Address, 0),
            NotObserved { Address: { } unasked } when context.Target.Port is null => (unasked, 0),
            EchoSeries { Purpose: "target", Received: 0, Sent: > 0, Errno: null } echo when context.Target.Port is { } port && IsConnected(echo.Address) =>
                (echo.Address, port), // a filter of echo, or one of several paths dead
            _ => null,
        };
    }

    private static Task TryOtherPortsAsync(
        ProbeContext context, IPAddress address, int port, CancellationToken cancellationToken) =>
        Task.WhenAll(
            port == 0 ? Task.CompletedTask : RepeatAsync(context, address, port, [AttemptsWhenSilent], ControlPatience, cancellationToken),
            ConnectToOtherPortsAsync(context, address, port, cancellationToken));

    private static Task ConnectToOtherPortsAsync(
        ProbeContext context, IPAddress address, int port, CancellationToken cancellationToken) =>
        Task.WhenAll(UsualPorts.Where(other => other != port).Take(port == 0 ? UsualPorts.Length : 2).Select(async other =>
        {
            using TcpConnection connection = await TcpConnector.ConnectAsync(
                address,
                other,
                new ConnectOptions { Purpose = "control", Patience = ControlPatience },
                cancellationToken);
            connection.Socket?.AbortOnClose();
            context.Report(connection.Attempt);
        }));

    private static async Task RepeatAsync(
        ProbeContext context, IPAddress address, int port, int[] bursts, TimeSpan patience, CancellationToken cancellationToken)
    {
        List<Task<ConnectAttempt>> attempts = [];
        for (int burst = 0; burst < bursts.Length; burst++)
        {
            if (burst > 0)
                await Task.Delay(BetweenAttempts, context.Clock, cancellationToken);
            for (int i = 0; i < bursts[burst]; i++)
                attempts.Add(ConnectAsync(address, port, patience, cancellationToken));
        }

        ConnectAttempt[] made = await Task.WhenAll(attempts);
        ConnectAttempt[] connected = [.. made.Where(attempt => attempt.Outcome is ConnectOutcome.Connected)];
        context.Report(new ConnectSeries(
            address,
            port,
            made.Length,
            connected.Length,
            made.Count(attempt => attempt.SynRetransmits > 0),
            made.Count(attempt => attempt.Errno is nameof(Errno.ECONNREFUSED)))
        {
            SynsSent = made.Sum(attempt => attempt.SynRetransmits + 1),
            MedianTime = connected.Length == 0
                ? null
                : connected.Select(attempt => attempt.Elapsed).Order().ElementAt(connected.Length / 2),
        });
    }

    private static async Task<ConnectAttempt> ConnectAsync(
        IPAddress address, int port, TimeSpan patience, CancellationToken cancellationToken)
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address, port, new ConnectOptions { Purpose = "control", Patience = patience }, cancellationToken);
        connection.Socket?.AbortOnClose();
        return connection.Attempt;
    }
}
