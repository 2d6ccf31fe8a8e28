using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetWhy.Evidence;
using NetWhy.Exchanges.Requests;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>Requests of HTTP/2 at servers that answer frame by frame. Source: RFC 9113.</summary>
public sealed class SecondRequestTests
{
    private const byte Data = 0, Headers = 1, ResetStream = 3, Settings = 4, Ping = 6;
    private const byte EndStream = 0x1, EndHeaders = 0x4;
    private const byte Status200 = 0x88; // RFC 7541, appendix A, entry 8

    /// <summary>Pieces that a server sends, with what has to come of it.</summary>
    public static TheoryData<byte[][], HttpOutcome, string?> Answers => new()
    {
        { [[.. Frame(Headers, EndHeaders, Status200), .. Frame(Data, 0, [.. "ok"u8])], Frame(Data, EndStream)], HttpOutcome.Complete, null },
        { [Frame(Headers, EndHeaders | EndStream, 0, 1, (byte)'x', 1, (byte)'y')], HttpOutcome.Malformed, "HTTP/2: the answer has no valid :status" },
        { [Frame(Headers, EndHeaders | EndStream, 0x08, 3, (byte)'0', (byte)'9', (byte)'9')], HttpOutcome.Malformed, "HTTP/2: the answer has no valid :status" },
        { [Frame(Headers, EndHeaders, Status200), GoAway(0), Frame(Data, EndStream, [.. "ok"u8])], HttpOutcome.Complete, null }, // whose answer has begun gets the rest
        { [GoAway(11)], HttpOutcome.ClosedEarly, "HTTP/2: the server ends the connection (GOAWAY, error 11, ENHANCE_YOUR_CALM) and does not answer" },
        { [Frame(ResetStream, 0, 0, 0, 0, 2)], HttpOutcome.Reset, "HTTP/2: the server reset the stream (error 2, INTERNAL_ERROR)" },
        { [[0x40, 0, 1, Data, 0, 0, 0, 0, 1]], HttpOutcome.Malformed, "HTTP/2: a frame is larger than agreed" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_a_server_sends_is_told_apart(byte[][] pieces, HttpOutcome outcome, string? fault)
    {
        RequestSample sample = await AskAsync(async peer =>
        {
            foreach (byte[] piece in pieces)
                await peer.WriteAsync(piece);
        });

        Assert.Equal((outcome, fault), (sample.Outcome, sample.Fault));
        if (outcome is HttpOutcome.Complete)
        {
            Assert.Equal(2, sample.BodyLength);
            Assert.NotEqual(TimeSpan.Zero, sample.Receive); // the empty piece with the end counts
        }
    }

    [Fact]
    public async Task A_server_that_wants_answers_and_does_not_read_them_is_given_up()
    {
        byte[] flood = [.. Enumerable.Repeat(new byte[] { 0, 0, 8, Ping, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 }, 900).SelectMany(frame => frame)];

        RequestSample sample = await AskAsync(async peer =>
        {
            while (true)
                await peer.WriteAsync(flood);
        });

        Assert.Equal((HttpOutcome.Malformed, "HTTP/2: frames come without end, and none of them is of an answer"), (sample.Outcome, sample.Fault));
    }

    [Fact]
    public async Task A_server_that_sends_without_being_asked_has_not_closed()
    {
        using var isAnswered = new SemaphoreSlim(0);
        using var isSent = new SemaphoreSlim(0);

        (IReadOnlyList<RequestSample> samples, int closed) = await AskAsync(
            async peer =>
            {
                await peer.WriteAsync(Frame(Headers, EndHeaders | EndStream, Status200));
                await isAnswered.WaitAsync(TestContext.Current.CancellationToken);
                await peer.WriteAsync([0x40, 0, 1, Data, 0, 0, 0, 0, 1]);
                isSent.Release();
            },
            new RequestRunOptions { Count = 2, Use = ConnectionUse.Kept },
            _ =>
            {
                isAnswered.Release();
                isSent.Wait(TestContext.Current.CancellationToken);
                isSent.Release(); // the next time nothing is sent
            });

        Assert.Equal(0, closed);
        Assert.Equal([(true, null), (false, "HTTP/2: a frame is larger than agreed")], samples.Select(sample => (sample.IsAnswered, sample.Fault)));
        Assert.True(samples[1].IsKept);
    }

    // The server answers when three requests have come, in an order of its own.
    [Theory]
    [InlineData(new[] { 1, 3, 5 }, 0)]
    [InlineData(new[] { 5, 1, 3 }, 1)]
    public async Task Requests_at_once_share_a_connection_and_their_order_is_seen(int[] order, int overtakes)
    {
        StreamTotals? totals = null;
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(
            async peer =>
            {
                await peer.RequestsAsync(3);
                foreach (int id in order)
                    await peer.WriteAsync(Of(id, Frame(Headers, EndHeaders | EndStream, Status200)));
            },
            new RequestRunOptions { Count = 3, Concurrency = 3, Use = ConnectionUse.Kept, Multiplexes = true },
            null,
            atEnd: running => totals = running.Streams);

        Assert.All(samples, sample => Assert.True(sample.IsAnswered));
        Assert.Equal([0, 1, 2], samples.Select(sample => sample.Beside).Order());
        Assert.Equal((1L, 3, (long)overtakes), (totals!.Connections, totals.MostOpen, totals.Overtakes));
    }

    // It says what it allows only when a request has come, and answers none before as many have come as it allows.
    [Fact]
    public async Task Before_the_server_says_how_many_requests_it_takes_it_gets_one()
    {
        StreamTotals? totals = null;
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(
            async peer =>
            {
                await peer.WriteAsync([0, 0, 6, Settings, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2]); // SETTINGS_MAX_CONCURRENT_STREAMS
                await peer.RequestsAsync(2);
                await peer.WriteAsync([.. Answer(1), .. Answer(3)]);
                await peer.RequestsAsync(3);
                await peer.WriteAsync(Answer(5));
            },
            new RequestRunOptions { Count = 3, Concurrency = 3, Use = ConnectionUse.Kept, Multiplexes = true },
            null,
            isSettled: false,
            atEnd: running => totals = running.Streams);

        Assert.All(samples, sample => Assert.True(sample.IsAnswered));
        Assert.Equal((true, 2u, 2), (totals!.HasSettings, totals.Allowed, totals.MostOpen));
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(3, "HTTP/2: the server reset the stream (error 7, REFUSED_STREAM)")]
    public async Task A_request_that_is_refused_unseen_is_made_again_twice(int refusals, string? fault)
    {
        StreamTotals? totals = null;
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(
            async peer =>
            {
                for (int i = 0; i < refusals; i++)
                {
                    await peer.RequestsAsync(i + 1);
                    await peer.WriteAsync(Of((2 * i) + 1, Frame(ResetStream, 0, 0, 0, 0, 7)));
                }

                if (fault is not null)
                    return;
                await peer.RequestsAsync(refusals + 1);
                await peer.WriteAsync(Answer((2 * refusals) + 1));
            },
            new RequestRunOptions { Use = ConnectionUse.Kept },
            null,
            atEnd: running => totals = running.Streams);

        RequestSample sample = Assert.Single(samples);
        Assert.Equal((fault is null, fault), (sample.IsAnswered, sample.Fault));
        Assert.Equal((1L, 2L), (totals!.Connections, totals.Unserved));
    }

    [Fact]
    public async Task A_request_behind_a_GOAWAY_without_error_is_made_again_over_another_connection()
    {
        StreamTotals? totals = null;
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(
            peer => peer.WriteAsync(peer.Number == 0 ? GoAway(0) : Answer(1)),
            new RequestRunOptions { Use = ConnectionUse.Kept },
            null,
            atEnd: running => totals = running.Streams,
            connections: 2);

        Assert.True(Assert.Single(samples).IsAnswered);
        Assert.Equal((2L, 1L, 1L), (totals!.Connections, totals.Unserved, totals.GoAways[0]));
    }

    // It answers when a request has come over each of two connections.
    [Fact]
    public async Task Where_HTTP_1_is_agreed_on_each_of_the_requests_at_once_has_its_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var all = new TaskCompletionSource();
        int come = 0;
        Task serving = Task.WhenAll(Enumerable.Range(0, 2).Select(async number =>
        {
            using Socket socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            await using SslStream stream = await SecureAsync(socket, SslApplicationProtocol.Http11);
            Assert.InRange(await stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken), 1, 4096);
            if (Interlocked.Increment(ref come) == 2)
                all.SetResult();
            await all.Task;
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }));
        using (var running = new RequestRun(PlanOf(listener), [IPAddress.Loopback], new RequestRunOptions { Count = 2, Concurrency = 2, Use = ConnectionUse.Kept, Multiplexes = true }, _ => null))
        {
            await Task.Run(() => running.Go(TestContext.Current.CancellationToken));

            Assert.Equal([true, true], running.Samples.Select(sample => sample.IsAnswered));
            Assert.Equal(2, running.Connections);
        }

        await serving;
    }

    private static byte[] Answer(int stream) => Of(stream, Frame(Headers, EndHeaders | EndStream, Status200));

    private static byte[] Of(int stream, byte[] frame)
    {
        frame[8] = (byte)stream;
        return frame;
    }

    private static byte[] GoAway(byte code) => [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, code];

    private static byte[] Frame(byte type, byte flags, params byte[] payload) =>
        [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, 1, .. payload];

    private static async Task<RequestSample> AskAsync(Func<Peer, Task> answer)
    {
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(answer, new RequestRunOptions(), null);
        return Assert.Single(samples);
    }

    private static async Task<(IReadOnlyList<RequestSample> Samples, int Closed)> AskAsync(
        Func<Peer, Task> answer, RequestRunOptions options, Action<RequestChannel>? onEnd, bool isSettled = true, Action<RequestRun>? atEnd = null, int connections = 1)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, answer, isSettled, connections);
        IReadOnlyList<RequestSample> samples;
        int closed;
        using (var running = new RequestRun(PlanOf(listener), [IPAddress.Loopback], options, _ => null) { OnEnd = onEnd })
        {
            await Task.Run(() => running.Go(TestContext.Current.CancellationToken));
            (samples, closed) = (running.Samples, running.ClosedWhileIdle);
            atEnd?.Invoke(running);
        }

        await serving;
        return (samples, closed);
    }

    private static RequestPlan PlanOf(TcpListener listener) =>
        RequestPlan.Of(new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"), "GET", []) with { Timeout = TimeSpan.FromSeconds(30) };

    private static async Task<SslStream> SecureAsync(Socket socket, SslApplicationProtocol protocol)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var stream = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [protocol] }, TestContext.Current.CancellationToken);
        return stream;
    }

    // One connection after the other. Settings come first, or only when a request has come.
    private static async Task ServeAsync(TcpListener listener, Func<Peer, Task> answer, bool isSettled, int connections)
    {
        for (int number = 0; number < connections; number++)
        {
            using Socket socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            try
            {
                await using SslStream stream = await SecureAsync(socket, SslApplicationProtocol.Http2);
                var peer = new Peer(stream, number);
                if (isSettled)
                    await peer.WriteAsync([0, 0, 0, Settings, 0, 0, 0, 0, 0]);
                await peer.RequestsAsync(1);
                await answer(peer);
                await peer.EndAsync(); // a close before the client's frames are read would reset the connection, and with it what is on its way
            }
            catch (IOException)
            {
                // the client has seen enough
            }
        }
    }

    // The server's end of a connection.
    private sealed class Peer(SslStream stream, int number)
    {
        private readonly byte[] _octets = new byte[16 * 1024];
        private int _length;

        internal int Number => number;

        internal Task WriteAsync(byte[] octets) => stream.WriteAsync(octets, TestContext.Current.CancellationToken).AsTask();

        // Until so many requests have come in all.
        internal async Task RequestsAsync(int count)
        {
            while (Requests() < count)
            {
                int read = await stream.ReadAsync(_octets.AsMemory(_length), TestContext.Current.CancellationToken);
                _length += read > 0 ? read : throw new IOException("the client has closed");
            }
        }

        internal async Task EndAsync()
        {
            while (await stream.ReadAsync(_octets, TestContext.Current.CancellationToken) > 0)
            {
                // what it still says
            }
        }

        // How many requests came behind the preface.
        private int Requests()
        {
            const int Preface = 24, FrameHead = 9;
            int count = 0;
            for (int at = Preface; at + FrameHead <= _length; at += FrameHead + (_octets[at + 1] << 8) + _octets[at + 2])
                count += _octets[at + 3] == Headers ? 1 : 0;
            return count;
        }
    }
}
