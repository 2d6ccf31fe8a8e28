using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Exchanges;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Tests.App;
using NetWhy.Tests.Tools.Curl;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>Handshakes with <c>openssl s_server</c> that end at each step, in each way: the cause is the one that was made, and the step is named.</summary>
public sealed class TlsStepsTests(TlsTests.LabCertificates certificates) : IClassFixture<TlsTests.LabCertificates>
{
    // Version, records of the server that pass whole, octets of the next one, and the step that is named then. In TLS 1.2 each message
    // has a record of its own; in TLS 1.3 a ChangeCipherSpec follows the ServerHello.
    private const string Steps = """
        1.2 0 0 ClientHello
        1.2 1 0 ServerHello
        1.2 1 300 ServerHello, in the middle of the next message
        1.2 2 0 Certificate
        1.2 3 0 ServerKeyExchange
        1.2 4 0 our Finished
        1.2 5 0 NewSessionTicket
        1.3 1 0 ServerHello
        1.3 3 0 EncryptedExtensions
        1.3 3 300 EncryptedExtensions, in the middle of the next message
        1.3 4 0 Certificate
        1.3 5 0 CertificateVerify
        """;

    private const string Silent = "silent", End = "end", Reset = "reset", Garbage = "garbage";
    private const int Header = 5; // of a record

    [Fact]
    public async Task Wherever_a_handshake_ends_its_cause_and_its_step_are_named()
    {
        Dictionary<string, int> ports = new() { ["1.2"] = LoopbackServer.FreePort(), ["1.3"] = LoopbackServer.FreePort() };
        using Process older = await ServeAsync("-tls1_2", ports["1.2"]), newer = await ServeAsync("-tls1_3", ports["1.3"]);
        var wrong = new ConcurrentBag<string>();
        try
        {
            await Task.WhenAll(
                from line in Steps.Split('\n')
                from ending in (string[])[Silent, End, Reset, Garbage]
                select CheckAsync(line.Split(' ', 4), ending, ports, wrong));
        }
        finally
        {
            older.Kill();
            newer.Kill();
        }

        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Order()));
    }

    private static async Task CheckAsync(string[] step, string ending, Dictionary<string, int> ports, ConcurrentBag<string> wrong)
    {
        (int records, int octets) = (int.Parse(step[1], CultureInfo.InvariantCulture), int.Parse(step[2], CultureInfo.InvariantCulture));
        string cause = ending switch
        {
            Silent => "tls-handshake-stall",
            End or Reset => "tls-handshake-reset",
            _ => records == 0 ? "tls-plaintext-service" : "tls-handshake-failed",
        };
        using var relay = new AcceptingServer(peer => RelayAsync(peer, ports[step[0]], records, octets, ending));
        using TcpConnection connection = await TcpConnector.ConnectAsync(IPAddress.Loopback, relay.Port, new ConnectOptions(), TestContext.Current.CancellationToken);
        var stream = new ByteStream(connection.Socket!, IPAddress.Loopback, relay.Port, onSilence: null);

        // A handshake that is whole would take some milliseconds; only those that fall silent wait.
        TlsConnection tls = await TlsConnector.ConnectAsync(
            stream, IPAddress.Loopback, relay.Port, "target", new TlsOptions { ServerName = "www.lab.test" }, TimeSpan.FromSeconds(ending is Silent ? 1 : 20), TestContext.Current.CancellationToken);

        using TlsSession? session = tls.Session;
        var started = new InvestigationStarted("0.1.0", "www.lab.test", TargetKind.Service, "https", "www.lab.test", relay.Port);
        Finding? finding = Diagnosis.Of(new EvidenceSet([started, tls.Handshake]), RuleCatalog.All).Causes.FirstOrDefault()?.Finding;
        bool isStepNamed = ending is Garbage || finding?.Summary.Contains(step[3], StringComparison.Ordinal) is true
            || (records == 0 && ending is Silent && finding?.Summary.Contains("never answers the TLS ClientHello", StringComparison.Ordinal) is true);
        if (finding?.Cause != cause || !isStepNamed)
            wrong.Add($"{ending} after {string.Join(' ', step)}: {finding?.Cause}: {finding?.Summary} ({tls.Handshake.Outcome}, {tls.Handshake.LibraryReason})");
    }

    // Between the client and the server: so many records pass.
    private static async Task RelayAsync(TcpClient peer, int port, int records, int octets, string ending)
    {
        try
        {
            NetworkStream near = peer.GetStream();
            byte[] hello = new byte[4096];
            int length = await near.ReadAsync(hello);
            if (records > 0)
            {
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, port);
                NetworkStream far = server.GetStream();
                await far.WriteAsync(hello.AsMemory(0, length));
                _ = CarryAsync(near, far);
                byte[] record = new byte[Header + 20_000];
                for (int i = 0; i <= records; i++)
                {
                    if (i == records && octets == 0)
                        break;
                    await far.ReadExactlyAsync(record.AsMemory(0, Header));
                    int size = Header + (record[3] << 8 | record[4]);
                    await far.ReadExactlyAsync(record.AsMemory(Header, size - Header));
                    await near.WriteAsync(record.AsMemory(0, i < records ? size : octets));
                }
            }

            await EndAsync(peer, near, ending);
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    private static async Task EndAsync(TcpClient peer, NetworkStream near, string ending)
    {
        switch (ending)
        {
            case End:
                peer.Client.Shutdown(SocketShutdown.Send);
                break;
            case Reset:
                await Task.Delay(50); // or what was sent before would be lost with it
                peer.Client.LingerState = new LingerOption(enable: true, 0);
                peer.Client.Dispose(); // the stream's end would come before the reset
                break;
            case Garbage:
                byte[] garbage = new byte[4096];
                garbage.AsSpan().Fill((byte)'#');
                await near.WriteAsync(garbage);
                break;
        }
    }

    private static async Task CarryAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // one of them has gone
        }
    }

    private async Task<Process> ServeAsync(string version, int port)
    {
        Process server = NetWhyProgram.Start(
            "openssl",
            ["s_server", "-accept", $"127.0.0.1:{port}", "-quiet", version, "-cert", $"{certificates.Folder}/good.crt", "-cert_chain", $"{certificates.Folder}/good.pem", "-key", $"{certificates.Folder}/good.key"],
            []);
        string mark = $"0100007F:{port:X4} 00000000:0000 0A"; // listening
        for (int i = 0; i < 500 && !server.HasExited; i++)
        {
            if ((await File.ReadAllTextAsync("/proc/net/tcp", TestContext.Current.CancellationToken)).Contains(mark, StringComparison.Ordinal))
                return server;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("openssl s_server does not listen");
    }
}
