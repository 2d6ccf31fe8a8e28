using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Lab.Servers;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;
using DnsServer = NetWhy.Lab.Servers.DnsServer;

namespace NetWhy.Tests.Names;

/// <summary>Questions to servers that answer wrongly on purpose.</summary>
public sealed class DnsQuestionsTests
{
    private static readonly IPAddress Right = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Forged = IPAddress.Parse("192.0.2.66");

    [Fact]
    public async Task Answers_with_another_id_are_counted_and_not_used()
    {
        DnsExchange exchange = await AskAsync("--guess 192.0.2.66", new DnsQuestionOptions());

        Assert.Equal([Right], exchange.Addresses);
        Assert.Equal((5, "wrong-id"), (exchange.StrayAnswers, Assert.Single(exchange.StrayFaults!)));
        Assert.Null(exchange.Contradictions);
    }

    [Fact]
    public async Task A_second_answer_that_differs_is_seen_where_it_is_waited_for()
    {
        var options = new DnsQuestionOptions { Linger = TimeSpan.FromSeconds(0.2) };

        DnsExchange forged = await AskAsync("--forge 192.0.2.66", options);
        DnsExchange doubled = await AskAsync("--forge 192.0.2.1", options); // twice the same, as a network may do it

        Assert.Equal([Forged], forged.Addresses);
        Assert.Equal([$"{Right}"], forged.Contradictions);
        Assert.Null(doubled.Contradictions);
    }

    [Theory]
    [InlineData(1, 1)] // the first was lost
    [InlineData(0, 0)] // the first is answered late, when the question was sent again: nothing was lost
    public async Task A_query_is_lost_if_a_later_one_is_answered(int answered, int lost)
    {
        CancellationToken enough = TestContext.Current.CancellationToken;
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var options = new DnsQuestionOptions { Port = ((IPEndPoint)server.Client.LocalEndPoint!).Port };
        Task<DnsReply> asked = DnsQuestions.Ask(IPAddress.Loopback, "web.test.", [DnsRecordType.A], options, TimeProvider.System, enough)[0];
        UdpReceiveResult[] queries = [await server.ReceiveAsync(enough), await server.ReceiveAsync(enough)];
        byte[] answer = queries[answered].Buffer;
        (answer[2], answer[3]) = (0x81, 0x83); // QR, RD, RA, NXDOMAIN
        await server.SendAsync(answer, queries[answered].RemoteEndPoint, enough);
        DnsExchange exchange = (await asked).Exchange;

        Assert.Equal(("NXDOMAIN", 2, lost), (exchange.ResponseCode, exchange.Sends, exchange.UnansweredSends));
    }

    private static async Task<DnsExchange> AskAsync(string faults, DnsQuestionOptions options)
    {
        using var end = new CancellationTokenSource();
        int port = FreePort();
        string[] words = ["--listen", $"127.0.0.1:{port}", "--no-tcp", "--record", $"web.test={Right}", .. faults.Split(' ')];
        var ready = new TaskCompletionSource();
        Task serving = new DnsServer(new ServeOptions(words), TimeProvider.System).RunAsync(ready.SetResult, end.Token);
        await ready.Task;
        DnsReply reply = await DnsQuestions.Ask(
            IPAddress.Loopback, "web.test.", [DnsRecordType.A], options with { Port = port }, TimeProvider.System, TestContext.Current.CancellationToken)[0];
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        return reply.Exchange;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
