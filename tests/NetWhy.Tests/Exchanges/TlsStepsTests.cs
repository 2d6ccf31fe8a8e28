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
public sealed class TlsStepsTests(TlsTests.LabCertificates certificates) : IClassFixture<TlsTests.LabCertificates>, IDisposable
{
    // Server, records of it that pass whole, octets of the next one, and the step that is named then. In TLS 1.2 each message has a
    // record of its own; in TLS 1.3 a ChangeCipherSpec follows the first ServerHello, which of "retry" is a HelloRetryRequest.
    private const string Steps = """
        1.2 0 0 ClientHello
        1.2 1 0 ServerHello
        1.2 1 300 ServerHello, in the middle of the next message
        1.2 2 0 Certificate
        1.2 3 0 ServerKeyExchange
        1.2 4 0 our Finished
        1.2 5 0 NewSessionTicket
        1.2 6 0 NewSessionTicket
        1.3 1 0 ServerHello
        1.3 2 0 ServerHello
        1.3 3 0 EncryptedExtensions
        1.3 3 300 EncryptedExtensions, in the middle of the next message
        1.3 4 0 Certificate
        1.3 5 0 CertificateVerify
        retry 1 0 our second ClientHello
        retry 2 0 our second ClientHello
        retry 3 0 ServerHello
        """;

    private const string Silent = "silent", End = "end", Reset = "reset", Garbage = "garbage";
    private const int Header = 5; // of a record

    private readonly SemaphoreSlim _turn = new(1); // s_server serves one connection at a time

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    [Fact]
    public async Task Wherever_a_handshake_ends_its_cause_and_its_step_are_named()
    {
        Dictionary<string, int> ports = ((string[])["1.2", "1.3", "retry"]).ToDictionary(name => name, _ => LoopbackServer.FreePort());
        using Process older = await ServeAsync(["-tls1_2"], ports["1.2"]), newer = await ServeAsync(["-tls1_3"], ports["1.3"]);
        using Process retrying = await ServeAsync(["-tls1_3", "-groups", "P-384"], ports["retry"]);
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
            retrying.Kill();
        }

        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Order()));
    }

    private async Task CheckAsync(string[] step, string ending, Dictionary<string, int> ports, ConcurrentBag<string> wrong)
    {
        (int records, int octets) = (int.Parse(step[1], CultureInfo.InvariantCulture), int.Parse(step[2], CultureInfo.InvariantCulture));
        string cause = ending switch
        {
            Silent => "tls-handshake-stall",
            End or Reset => "tls-handshake-reset",
            _ => records == 0 ? "tls-plaintext-service" : "tls-handshake-failed",
        };
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var relay = new AcceptingServer(peer => RelayAsync(peer, ports[step[0]], records, octets, ending, passed));
        Task<TlsConnection> connecting;
        await _turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            // A handshake that is whole would take some milliseconds; only those that fall silent wait, and they wait beside each other.
            connecting = ConnectAsync(relay.Port, TimeSpan.FromSeconds(ending is Silent ? 2 : 20));
            await Task.WhenAny(passed.Task, connecting);
        }
        finally
        {
            _turn.Release();
        }

        TlsConnection tls = await connecting;
        using TlsSession? session = tls.Session;
        var started = new InvestigationStarted("0.1.0", "www.lab.test", TargetKind.Service, "https", "www.lab.test", relay.Port);
        Finding? finding = Diagnosis.Of(new EvidenceSet([started, tls.Handshake]), RuleCatalog.All).Causes.FirstOrDefault()?.Finding;
        string named = ending switch
        {
            Silent when records == 0 => "never answers the TLS ClientHello.",
            Silent => $"stops after {step[3]}, although TCP works.",
            Garbage when records == 0 || octets > 0 => "", // behind half a record it is the rest of that
            Garbage => $"ends with octets that are no record of the version agreed on, after {step[3]}.",
            _ => $"in the TLS handshake, after {step[3]}.",
        };
        if (finding?.Cause != cause || !finding.Summary.EndsWith(named, StringComparison.Ordinal))
            wrong.Add($"{ending} after {string.Join(' ', step)}: {finding?.Cause}: {finding?.Summary} ({tls.Handshake.Outcome}, {tls.Handshake.LibraryReason})");
    }

    private static async Task<TlsConnection> ConnectAsync(int port, TimeSpan patience)
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(IPAddress.Loopback, port, new ConnectOptions(), TestContext.Current.CancellationToken);
        var stream = new ByteStream(connection.Socket!, IPAddress.Loopback, port, onSilence: null);
        return await TlsConnector.ConnectAsync(
            stream, IPAddress.Loopback, port, "target", new TlsOptions { ServerName = "www.lab.test" }, patience, TestContext.Current.CancellationToken);
    }

    // Between the client and the server: so many records pass.
    private static async Task RelayAsync(TcpClient peer, int port, int records, int octets, string ending, TaskCompletionSource passed)
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
        finally
        {
            passed.TrySetResult();
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
                await WhenReadAsync((IPEndPoint)peer.Client.LocalEndPoint!, (IPEndPoint)peer.Client.RemoteEndPoint!); // a reset throws away what waits to be read
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

    // All that was sent has been acknowledged, and the client has read it.
    private static async Task WhenReadAsync(IPEndPoint here, IPEndPoint client)
    {
        string sent = $"0100007F:{here.Port:X4} 0100007F:{client.Port:X4} 01 00000000:", read = $"0100007F:{client.Port:X4} 0100007F:{here.Port:X4} 01 00000000:00000000 ";
        for (int i = 0; i < 2000; i++)
        {
            string sockets = await File.ReadAllTextAsync("/proc/net/tcp");
            if (sockets.Contains(sent, StringComparison.Ordinal) && sockets.Contains(read, StringComparison.Ordinal))
                return;
            await Task.Delay(5);
        }

        throw new TimeoutException("the client does not read what was sent");
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

    private async Task<Process> ServeAsync(string[] options, int port)
    {
        Process server = NetWhyProgram.Start(
            "openssl",
            ["s_server", "-accept", $"127.0.0.1:{port}", "-quiet", .. options, "-cert", $"{certificates.Folder}/good.crt", "-cert_chain", $"{certificates.Folder}/good.pem", "-key", $"{certificates.Folder}/good.key"],
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
