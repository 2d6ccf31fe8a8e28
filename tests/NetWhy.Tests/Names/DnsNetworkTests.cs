using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names;

/// <summary>Queries to servers on loopback that answer rightly, wrongly, late and in pieces.</summary>
public sealed class DnsNetworkTests
{
    private const ushort Id = 4711;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_does_not_answer_the_query_is_rejected_and_told()
    {
        using UdpClient server = Listen();
        using UdpClient other = Listen();
        Task serving = Task.Run(async () =>
        {
            UdpReceiveResult query = await server.ReceiveAsync(Token);
            await other.SendAsync(Answer(Id), query.RemoteEndPoint, Token);
            await server.SendAsync(new byte[3], query.RemoteEndPoint, Token);
            await server.SendAsync(Answer(Id + 1), query.RemoteEndPoint, Token);
            await server.SendAsync(Answer(Id, "other.example."), query.RemoteEndPoint, Token);
            await server.SendAsync(Query(Id), query.RemoteEndPoint, Token);
            await server.SendAsync(Answer(Id, "NAME.example."), query.RemoteEndPoint, Token);
        }, Token);

        DnsArrival arrival = await DnsNetwork.Instance.AskAsync(ServerOf(server), Query(Id), Patience, Token);
        await serving;

        Assert.Equal(DnsOutcome.Answered, arrival.Outcome);
        Assert.Equal(Answer(Id, "NAME.example."), arrival.Message.ToArray());
        Assert.Equal(
            [AnswerFault.WrongSource, AnswerFault.NoResponse, AnswerFault.WrongId, AnswerFault.WrongQuestion, AnswerFault.NoResponse],
            arrival.Rejected.Select(rejected => rejected.Fault));
        Assert.Equal(((IPEndPoint)other.Client.LocalEndPoint!).Port, arrival.Rejected[0].SourcePort);
        Assert.Equal(Id + 1, arrival.Rejected[2].Id);
    }

    [Fact]
    public async Task A_flood_of_wrong_answers_neither_holds_the_query_nor_grows()
    {
        using UdpClient server = Listen();
        Task serving = Task.Run(async () =>
        {
            UdpReceiveResult query = await server.ReceiveAsync(Token);
            for (int i = 0; i < 1000; i++)
                await server.SendAsync(Answer(Id + 1), query.RemoteEndPoint, Token);
        }, Token);

        DnsArrival arrival = await DnsNetwork.Instance.AskAsync(ServerOf(server), Query(Id), TimeSpan.FromSeconds(0.5), Token);
        await serving;

        Assert.Equal(DnsOutcome.TimedOut, arrival.Outcome);
        Assert.Equal(DnsArrival.MostRejected, arrival.Rejected.Count);
    }

    [Fact]
    public async Task A_closed_port_refuses_at_once_by_either_transport()
    {
        int port;
        using (UdpClient closed = Listen())
            port = ((IPEndPoint)closed.Client.LocalEndPoint!).Port;
        var server = new DnsServer(IPAddress.Loopback, port);

        DnsArrival datagram = await DnsNetwork.Instance.AskAsync(server, Query(Id), Patience, Token);
        DnsArrival stream = await DnsNetwork.Instance.AskAsync(server.Over(DnsTransport.Tcp), Query(Id), Patience, Token);

        Assert.Equal((DnsOutcome.Failed, Errno.ECONNREFUSED, "receive"), (datagram.Outcome, datagram.Errno, datagram.FailedStep));
        Assert.Equal((DnsOutcome.Failed, Errno.ECONNREFUSED, "connect"), (stream.Outcome, stream.Errno, stream.FailedStep));
    }

    [Fact]
    public async Task Answers_on_a_connection_come_in_any_order_and_in_pieces()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(Token);
            NetworkStream stream = client.GetStream();
            await stream.ReadExactlyAsync(new byte[2 + Query(Id).Length], Token);
            await stream.ReadExactlyAsync(new byte[2 + Query(Id).Length], Token);
            foreach (byte octet in (byte[])[.. Framed(Answer(Id + 1)), .. Framed(Answer(Id))])
            {
                await stream.WriteAsync(new[] { octet }, Token);
                await stream.FlushAsync(Token);
            }

            await stream.WriteAsync(Framed(Answer(Id)).AsMemory(0, 7), Token);
        }, Token);
        (DnsConnection? connection, _) = await DnsConnection.OpenAsync(ServerOf(listener), Patience, Token);
        using (connection)
        {
            await connection!.SendAsync(Query(Id), Patience, Token);
            await connection.SendAsync(Query(Id + 1), Patience, Token);

            DnsArrival first = await connection.ReceiveAsync(Patience, Token);
            DnsArrival second = await connection.ReceiveAsync(Patience, Token);
            DnsArrival third = await connection.ReceiveAsync(Patience, Token);

            Assert.Equal(Answer(Id + 1), first.Message.ToArray());
            Assert.Equal(Answer(Id), second.Message.ToArray());
            Assert.Equal((DnsOutcome.Failed, "closed within a message"), (third.Outcome, third.Reason));
        }

        await serving;
    }

    [Fact]
    public async Task A_silent_server_costs_the_patience_and_no_more()
    {
        using UdpClient server = Listen();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        DnsArrival datagram = await DnsNetwork.Instance.AskAsync(ServerOf(server), Query(Id), Short, Token);
        DnsArrival stream = await DnsNetwork.Instance.AskAsync(ServerOf(listener), Query(Id), Short, Token);
        DnsArrival cancelled = await DnsNetwork.Instance.AskAsync(ServerOf(server), Query(Id), Patience, new CancellationToken(canceled: true));

        Assert.Equal(DnsOutcome.TimedOut, datagram.Outcome);
        Assert.Equal(DnsOutcome.TimedOut, stream.Outcome);
        Assert.Equal(DnsOutcome.TimedOut, cancelled.Outcome);
    }

    [Fact]
    public void A_cookie_that_was_not_ours_is_rejected()
    {
        byte[] query = [.. Query(Id), .. Cookie(1)];
        query[11] = 1;
        byte[] same = [.. Answer(Id), .. Cookie(1)];
        byte[] forged = [.. Answer(Id), .. Cookie(2)];
        same[11] = forged[11] = 1;

        Assert.Equal(AnswerFault.None, AnswerCheck.Find(query, same));
        Assert.Equal(AnswerFault.WrongCookie, AnswerCheck.Find(query, forged));
        Assert.Equal(AnswerFault.None, AnswerCheck.Find(query, Answer(Id))); // a server without cookies
    }

    [Fact]
    public void Letters_of_random_case_must_come_back_as_they_were()
    {
        Assert.Equal(AnswerFault.None, AnswerCheck.Find(Query(Id), Answer(Id, "NAME.example."), isCaseRandom: false));
        Assert.Equal(AnswerFault.WrongQuestion, AnswerCheck.Find(Query(Id), Answer(Id, "NAME.example."), isCaseRandom: true));
        Assert.Equal(AnswerFault.None, AnswerCheck.Find(Query(Id), Answer(Id), isCaseRandom: true));
    }

    private static byte[] Cookie(byte value) => [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, .. Enumerable.Repeat(value, 8)];

    private static byte[] Query(int id) => Message(id, DnsFlags.RecursionDesired, "name.example.");

    private static byte[] Answer(int id, string name = "name.example.") => Message(id, DnsFlags.Response, name);

    private static byte[] Message(int id, DnsFlags flags, string name)
    {
        Span<byte> buffer = stackalloc byte[512];
        DnsMessageWriter.Create(buffer, (ushort)id, flags, DnsResponseCode.NoError, out DnsMessageWriter writer);
        writer.WriteQuestion(name, DnsRecordType.A);
        return writer.Written.ToArray();
    }

    private static byte[] Framed(byte[] message)
    {
        byte[] framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        return framed;
    }

    private static UdpClient Listen() => new(new IPEndPoint(IPAddress.Loopback, 0));

    private static DnsServer ServerOf(UdpClient server) => new(IPAddress.Loopback, ((IPEndPoint)server.Client.LocalEndPoint!).Port);

    private static DnsServer ServerOf(TcpListener server) => new(IPAddress.Loopback, ((IPEndPoint)server.LocalEndpoint).Port, DnsTransport.Tcp);
}
