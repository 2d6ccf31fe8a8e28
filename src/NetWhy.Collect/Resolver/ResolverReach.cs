using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Paths;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Resolver;

/// <summary>
/// Whether a name server that is silent about a name is there at all: a question that it can answer by itself, an echo
/// and a TCP connection.
/// </summary>
internal static class ResolverReach
{
    private const string Purpose = "resolver";
    private const int Requests = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Asks all three at once and reports what comes.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="enough">Ends the wait.</param>
    /// <returns>Whether it may still answer what it has not: it works, or accepts connections and hangs. What only UDP loses is lost.</returns>
    internal static async Task<bool> CheckAsync(ProbeContext context, IPAddress server, CancellationToken enough)
    {
        Task<bool> isSilent = GreetAsync(context, server, enough);
        Task<bool?> isSilentOnTcp = ConnectAsync(context, server, enough);
        await Task.WhenAll(isSilent, isSilentOnTcp, EchoAsync(context, server, enough));
        return !await isSilent || await isSilentOnTcp is true;
    }

    /// <summary>Tries an echo and a TCP connection and reports what comes.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="enough">Ends the wait.</param>
    internal static Task CheckHostAsync(ProbeContext context, IPAddress server, CancellationToken enough) =>
        Task.WhenAll(ConnectAsync(context, server, enough), EchoAsync(context, server, enough));

    /// <summary>
    /// Asks the server for its version and for the root's servers, and reports what comes: some answer nothing of class
    /// Chaos, and some cannot reach the root. One answer is enough.
    /// </summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="enough">Ends the wait.</param>
    /// <returns>Whether it was silent to both.</returns>
    internal static async Task<bool> GreetAsync(
        ProbeContext context, IPAddress server, CancellationToken enough)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(enough);
        Task<DnsReply>[] replies =
        [
            .. DnsQuestions.Ask(server, DnsQuestionOptions.GreetingName, [DnsRecordType.TXT], DnsQuestionOptions.Greeting, context.Clock, answered.Token),
            .. DnsQuestions.Ask(
                server, ".", [DnsRecordType.NS], DnsQuestionOptions.Greeting with { Class = DnsClass.Internet }, context.Clock, answered.Token),
        ];
        bool isSilent = true;
        await foreach (Task<DnsReply> reply in Task.WhenEach(replies))
        {
            DnsExchange exchange = (await reply).Exchange;
            if (exchange.Outcome is DnsOutcome.TimedOut && answered.IsCancellationRequested && !enough.IsCancellationRequested)
                continue; // it was not waited for
            context.Report(exchange);
            isSilent &= exchange.Outcome is DnsOutcome.TimedOut;
            if (exchange.Outcome is DnsOutcome.Answered)
                await answered.CancelAsync();
        }

        return isSilent;
    }

    // Whether a question over TCP stays unanswered too; null where there is no connection. The kernel accepts for a process that hangs.
    private static async Task<bool?> ConnectAsync(ProbeContext context, IPAddress server, CancellationToken enough)
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            server, DnsQuestions.Port, new ConnectOptions { Purpose = Purpose, Patience = Patience }, enough);
        connection.Socket?.AbortOnClose();
        if (connection.Attempt is { FailedCall: "socket", Errno: { } refusal })
        {
            context.ReportNotObserved($"TCP port 53 of {server}", $"socket: {refusal}");
            return null;
        }

        context.Report(connection.Attempt);
        if (connection.Attempt.Outcome is not ConnectOutcome.Connected)
            return null;
        DnsQuestionOptions greeting = DnsQuestionOptions.Greeting with { Purpose = "greeting-tcp", UseTcp = true, Patience = Patience };
        DnsReply reply = await NameTrial.AskAsync(context, server, DnsQuestionOptions.GreetingName, DnsRecordType.TXT, greeting, enough);
        return reply.Exchange.Outcome is DnsOutcome.TimedOut;
    }

    private static async Task EchoAsync(ProbeContext context, IPAddress server, CancellationToken enough)
    {
        Errno errno = EchoSocket.Open(server.AddressFamily, out EchoSocket? socket);
        if (socket is null)
        {
            context.ReportNotObserved($"whether {server} answers echo", $"needs CAP_NET_RAW ({errno})");
            return;
        }

        using (socket)
            context.Report(await EchoAsync(context, socket, server, enough));
    }

    private static async Task<EchoSeries> EchoAsync(
        ProbeContext context, EchoSocket socket, IPAddress server, CancellationToken enough)
    {
        List<IcmpError> errors = [];
        HashSet<ushort> received = [];
        var sentAt = new TimeSpan[Requests];
        TimeSpan? shortest = null;
        string? refusal = null;
        long begin = context.Clock.GetTimestamp();
        int sent = 0;
        while (received.Count < Requests && context.Clock.GetElapsedTime(begin) < Patience)
        {
            TimeSpan now = context.Clock.GetElapsedTime(begin);
            if (sent < Requests && now >= Interval * sent)
            {
                sentAt[sent] = now;
                Errno errno = socket.Send(server, (ushort)sent, socket.HeaderSize);
                sent++;
                if (errno is not Errno.OK)
                {
                    refusal = errno.ToString();
                    break;
                }
            }

            TimeSpan next = sent < Requests ? Interval * sent : Patience;
            await socket.WaitAsync(next - now, enough);
            while (socket.TryReceive(out EchoAnswer answer))
            {
                if (answer.Error is { } error)
                {
                    if (error.ToIcmpError() is { } icmp)
                        errors.Add(icmp);
                }
                else if (answer.Source.Equals(server)
                    && answer.Sequence is { } number
                    && number < sent
                    && received.Add(number))
                {
                    TimeSpan roundTrip = context.Clock.GetElapsedTime(begin) - sentAt[number];
                    shortest = shortest < roundTrip ? shortest : roundTrip;
                }
            }
        }

        return new EchoSeries(server, Purpose, socket.HeaderSize, sent, received.Count)
        {
            MinRoundTrip = shortest,
            Errors = [.. errors.Distinct()],
            Errno = refusal,
            Waited = context.Clock.GetElapsedTime(begin) - sentAt[Math.Max(0, sent - 1)],
        };
    }
}
