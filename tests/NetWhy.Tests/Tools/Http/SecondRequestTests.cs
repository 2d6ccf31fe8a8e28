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
    private const byte Data = 0, Headers = 1, Settings = 4, Ping = 6;
    private const byte EndStream = 0x1, EndHeaders = 0x4;
    private const byte Status200 = 0x88; // RFC 7541, appendix A, entry 8

    /// <summary>Pieces that a server sends, with what has to come of it.</summary>
    public static TheoryData<byte[][], HttpOutcome, string?> Answers => new()
    {
        { [[.. Frame(Headers, EndHeaders, Status200), .. Frame(Data, 0, [.. "ok"u8])], Frame(Data, EndStream)], HttpOutcome.Complete, null },
        { [Frame(Headers, EndHeaders | EndStream, 0, 1, (byte)'x', 1, (byte)'y')], HttpOutcome.Malformed, "HTTP/2: the answer has no valid :status" },
        { [Frame(Headers, EndHeaders | EndStream, 0x08, 3, (byte)'0', (byte)'9', (byte)'9')], HttpOutcome.Malformed, "HTTP/2: the answer has no valid :status" },
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

    private static byte[] Frame(byte type, byte flags, params byte[] payload) =>
        [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, 1, .. payload];

    private static async Task<RequestSample> AskAsync(Func<SslStream, Task> answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, answer);
        var url = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        RequestPlan plan = RequestPlan.Of(url, "GET", []) with { Timeout = TimeSpan.FromSeconds(30) };
        RequestSample sample;
        using (var running = new RequestRun(plan, [IPAddress.Loopback], new RequestRunOptions(), _ => null))
        {
            await Task.Run(() => running.Go(TestContext.Current.CancellationToken));
            sample = Assert.Single(running.Samples);
        }

        await serving;
        return sample;
    }

    private static async Task ServeAsync(TcpListener listener, Func<SslStream, Task> answer)
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
            _ = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken); // preface, settings and the request, in one record
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
