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
        { [Frame(ResetStream, 0, 0, 0, 0, 7)], HttpOutcome.Reset, "HTTP/2: the server reset the stream (error 7, REFUSED_STREAM)" },
        { [[0x40, 0, 1, Data, 0, 0, 0, 0, 1]], HttpOutcome.Malformed, "HTTP/2: a frame is larger than agreed" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_a_server_sends_is_told_apart(byte[][] pieces, HttpOutcome outcome, string? fault)
    {
        RequestSample sample = await AskAsync(async stream =>
        {
            foreach (byte[] piece in pieces)
                await stream.WriteAsync(piece, TestContext.Current.CancellationToken);
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

        RequestSample sample = await AskAsync(async stream =>
        {
            while (true)
                await stream.WriteAsync(flood, TestContext.Current.CancellationToken);
        });

        Assert.Equal((HttpOutcome.Malformed, "HTTP/2: the server wants more and more answers and does not read them"), (sample.Outcome, sample.Fault));
    }

    [Fact]
    public async Task A_server_that_sends_without_being_asked_has_not_closed()
    {
        using var isAnswered = new SemaphoreSlim(0);
        using var isSent = new SemaphoreSlim(0);

        (IReadOnlyList<RequestSample> samples, int closed) = await AskAsync(
            async stream =>
            {
                await stream.WriteAsync((byte[])[.. Frame(Headers, EndHeaders | EndStream, Status200)], TestContext.Current.CancellationToken);
                await isAnswered.WaitAsync(TestContext.Current.CancellationToken);
                await stream.WriteAsync(new byte[] { 0x40, 0, 1, Data, 0, 0, 0, 0, 1 }, TestContext.Current.CancellationToken);
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

    // The server answers each request only when the one before is answered, and its first only when three have come.
    [Theory]
    [InlineData(new[] { 1, 3, 5 }, 0)]
    [InlineData(new[] { 5, 1, 3 }, 1)]
    public async Task Requests_at_once_share_a_connection_and_their_order_is_seen(int[] order, int overtakes)
    {
        StreamTotals? totals = null;
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(
            async stream =>
            {
                foreach (int id in order)
                {
                    byte[] frame = Frame(Headers, EndHeaders | EndStream, Status200);
                    frame[8] = (byte)id;
                    await stream.WriteAsync(frame, TestContext.Current.CancellationToken);
                }
            },
            new RequestRunOptions { Count = 3, Concurrency = 3, Use = ConnectionUse.Kept, Multiplexes = true },
            null,
            requests: 3,
            running => totals = running.Streams);

        Assert.All(samples, sample => Assert.True(sample.IsAnswered));
        Assert.Equal([0, 1, 2], samples.Select(sample => sample.Beside).Order());
        Assert.Equal((1L, 3, (long)overtakes), (totals!.Connections, totals.MostOpen, totals.Overtakes));
    }

    private static byte[] GoAway(byte code) => [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, code];

    private static byte[] Frame(byte type, byte flags, params byte[] payload) =>
        [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, 1, .. payload];

    private static async Task<RequestSample> AskAsync(Func<SslStream, Task> answer)
    {
        (IReadOnlyList<RequestSample> samples, _) = await AskAsync(answer, new RequestRunOptions(), null);
        return Assert.Single(samples);
    }

    private static async Task<(IReadOnlyList<RequestSample> Samples, int Closed)> AskAsync(
        Func<SslStream, Task> answer, RequestRunOptions options, Action<RequestChannel>? onEnd, int requests = 1, Action<RequestRun>? atEnd = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, answer, requests);
        var url = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        RequestPlan plan = RequestPlan.Of(url, "GET", []) with { Timeout = TimeSpan.FromSeconds(30) };
        IReadOnlyList<RequestSample> samples;
        int closed;
        using (var running = new RequestRun(plan, [IPAddress.Loopback], options, _ => null) { OnEnd = onEnd })
        {
            await Task.Run(() => running.Go(TestContext.Current.CancellationToken));
            (samples, closed) = (running.Samples, running.ClosedWhileIdle);
            atEnd?.Invoke(running);
        }

        await serving;
        return (samples, closed);
    }

    // How many requests came behind the preface.
    private static int HeadersIn(ReadOnlySpan<byte> octets)
    {
        const int Preface = 24, FrameHead = 9;
        int count = 0;
        for (int at = Preface; at + FrameHead <= octets.Length; at += FrameHead + (octets[at + 1] << 8) + octets[at + 2])
            count += octets[at + 3] == Headers ? 1 : 0;
        return count;
    }

    private static async Task ServeAsync(TcpListener listener, Func<SslStream, Task> answer, int requests)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using Socket socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await using var stream = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [SslApplicationProtocol.Http2] }, TestContext.Current.CancellationToken);
            byte[] buffer = new byte[16 * 1024];
            int length = 0;
            while (HeadersIn(buffer.AsSpan(0, length)) < requests)
                length += await stream.ReadAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            await stream.WriteAsync(new byte[] { 0, 0, 0, Settings, 0, 0, 0, 0, 0 }, TestContext.Current.CancellationToken);
            await answer(stream);
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
            {
                // a close before the client's frames are read would reset the connection, and with it what is on its way
            }
        }
        catch (IOException)
        {
            // the client has seen enough
        }
    }
}
