using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Exchanges;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>TLS sessions with the server of the openssl command: trust, settings, our own certificate, saved sessions, what is heard.</summary>
public sealed class TlsSessionTests(TlsTests.LabCertificates certificates) : IClassFixture<TlsTests.LabCertificates>
{
    private TlsTrust Lab => new() { AuthorityFile = $"{certificates.Folder}/ca.pem", HasUsualDirectories = false };

    [Fact]
    public async Task The_library_verifies_where_it_is_told_whom_to_trust()
    {
        using Server server = await ServeAsync("good", "-tls1_3", 5);

        Done good = await server.ConnectAsync(new TlsOptions { Trust = Lab with { HostName = "www.lab.test" } });
        Done otherName = await server.ConnectAsync(new TlsOptions { Trust = Lab with { HostName = "other.test" } });
        Done noRoot = await server.ConnectAsync(new TlsOptions { Trust = Lab with { AuthorityFile = null, HasUsualFile = false } });
        Done onlyTold = await server.ConnectAsync(new TlsOptions { Trust = Lab with { AuthorityFile = null, HasUsualFile = false, IsRequired = false } });

        // Numbers of errors: X509_STORE_CTX_get_error(3ssl); alerts: RFC 8446, section 6.
        Assert.Equal((TlsStep.Done, 0), (good.Step, good.Code));
        Assert.Equal((TlsStep.Refused, 62), (otherName.Step, otherName.Code));
        Assert.Equal((TlsStep.Refused, "certificate verify failed"), (noRoot.Step, noRoot.Reason));
        Assert.Contains(noRoot.Errors, line => line.Contains(":error:0A000086:SSL routines:", StringComparison.Ordinal) && line.Contains(":certificate verify failed:", StringComparison.Ordinal));
        Assert.Equal(noRoot.Code, onlyTold.Code);
        Assert.True(onlyTold is { Step: TlsStep.Done, Code: 19 or 20 });
    }

    [Fact]
    public async Task Settings_are_in_force_and_what_the_library_does_not_take_is_told()
    {
        using Server server = await ServeAsync("good", "", 3);

        Done suite = await server.ConnectAsync(new TlsOptions { Settings = [("ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"), ("groups", "P-384")] });
        Done wrong = await server.ConnectAsync(new TlsOptions { Settings = [("cipher", "nonsense"), ("groups", "P-256")], Trust = Lab with { AuthorityFile = "/nowhere.pem" } });

        Assert.Equal(("TLS_CHACHA20_POLY1305_SHA256", "ECDH, secp384r1, 384 bits", TlsStep.Done), (suite.Suite, suite.TemporaryKey, suite.Step));
        Assert.Empty(suite.Refusals);
        Assert.Equal([(TlsPart.Setting, "cipher"), (TlsPart.AuthorityFile, "/nowhere.pem")], wrong.Refusals.Select(refusal => (refusal.Part, refusal.Value)));
        Assert.Equal("no cipher match", wrong.Refusals[0].Reason);
        Assert.Equal("ECDH, prime256v1, 256 bits", wrong.TemporaryKey);
    }

    [Fact]
    public async Task A_session_is_gone_on_with_and_all_of_it_is_heard()
    {
        using Server server = await ServeAsync("good", "-tls1_2", 3);
        var heard = new Heard();

        Done first = await server.ConnectAsync(new TlsOptions { Observer = heard, Trust = Lab });
        using SavedTlsSession saved = SavedTlsSession.Read(heard.Saved)!;
        Done second = await server.ConnectAsync(new TlsOptions { Session = saved });

        Assert.False(first.WasResumed);
        Assert.True(second.WasResumed);
        Assert.StartsWith("-----BEGIN SSL SESSION PARAMETERS-----\n", Encoding.ASCII.GetString(heard.Saved!), StringComparison.Ordinal);
        // RFC 5246, section 7.4: types of handshake messages in their order, with the ticket of RFC 5077.
        Assert.Equal([">1", "<2", "<11", "<12", "<14", ">16", ">20", "<4", "<20"], heard.Messages);
        Assert.Contains(heard.Secrets, line => line.StartsWith("CLIENT_RANDOM ", StringComparison.Ordinal));
        Assert.Equal(0, heard.Steps[^1].Depth);
        Assert.All(heard.Steps, step => Assert.Equal(0, step.Error));
        Assert.Contains((true, 11), heard.Extensions); // ec_point_formats of the server
        Assert.Contains("before SSL initialization", heard.States);
        Assert.Equal((first.Read, first.Written), (heard.Read, heard.Written));
    }

    [Fact]
    public async Task What_an_observer_throws_comes_out_of_the_call()
    {
        using Server server = await ServeAsync("good", "", 2);

        await Assert.ThrowsAsync<ToldException>(() => server.ConnectAsync(new TlsOptions { Observer = new Thrower() }));
    }

    [Fact]
    public async Task An_encrypted_key_is_opened_by_its_passphrase_only()
    {
        string key = $"{certificates.Folder}/locked.key";
        NetWhyProgram.Start("openssl", ["pkey", "-in", $"{certificates.Folder}/good.key", "-aes128", "-passout", "pass:opened", "-out", key], []).WaitForExit();
        using Server server = await ServeAsync("good", "-tls1_2 -Verify 1", 3);
        var options = new TlsOptions { CertificateFile = $"{certificates.Folder}/good.crt", KeyFile = key };

        Done opened = await server.ConnectAsync(options with { Passphrase = "opened" });
        Done locked = await server.ConnectAsync(options);

        Assert.Equal((TlsStep.Done, 0), (opened.Step, opened.Refusals.Length));
        Assert.Equal(TlsPart.Key, Assert.Single(locked.Refusals).Part);
        Assert.NotEqual(TlsStep.Done, locked.Step);
    }

    private Task<Server> ServeAsync(string leaf, string words, int connections) => Server.StartAsync(certificates.Folder, leaf, words, connections);

    private sealed class ToldException : Exception;

    private sealed class Thrower : TlsObserver
    {
        public override void Passed(in TlsMessage message) => throw new ToldException();
    }

    private sealed class Heard : TlsObserver
    {
        public override bool WatchesTransfers => true;

        internal List<string> Messages { get; } = [];

        internal List<string> Secrets { get; } = [];

        internal List<string> States { get; } = [];

        internal List<(int Depth, int Error)> Steps { get; } = [];

        internal List<(bool IsOfServer, int Type)> Extensions { get; } = [];

        internal byte[]? Saved { get; private set; }

        internal long Read { get; private set; }

        internal long Written { get; private set; }

        public override void Passed(in TlsMessage message)
        {
            const int Handshake = 22;
            if (message.ContentType == Handshake)
                Messages.Add($"{(message.IsOurs ? '>' : '<')}{message.Octets[0]}");
        }

        public override void Secret(ReadOnlySpan<byte> line) => Secrets.Add(Encoding.ASCII.GetString(line));

        public override bool Verifying(in TlsVerifyStep step)
        {
            Steps.Add((step.Depth, step.Error));
            return base.Verifying(step);
        }

        public override void Ticket(TlsSession session, SavedTlsSession saved) => Saved = saved.ToPem();

        public override void Extension(bool isOfServer, int type, ReadOnlySpan<byte> octets) => Extensions.Add((isOfServer, type));

        public override void Moved(TlsSession session, int place, int value) => States.Add(session.State);

        public override void Transferred(bool isWrite, int wanted, ReadOnlySpan<byte> octets, int result)
        {
            if (isWrite)
                Written += octets.Length;
            else
                Read += octets.Length;
        }
    }

    private sealed record Done(TlsStep Step, int Code, string? Reason, string[] Errors, TlsRefusal[] Refusals)
    {
        internal string? Suite { get; init; }

        internal string? TemporaryKey { get; init; }

        internal bool WasResumed { get; init; }

        internal long Read { get; init; }

        internal long Written { get; init; }
    }

    private sealed class Server(Process process, int port) : IDisposable
    {
        internal static async Task<Server> StartAsync(string folder, string leaf, string words, int connections)
        {
            int port = LoopbackServer.FreePort();
            Process process = NetWhyProgram.Start(
                "openssl",
                [
                    "s_server", "-accept", $"127.0.0.1:{port}", "-naccept", $"{connections}", "-quiet", "-cert", $"{folder}/{leaf}.crt", "-cert_chain", $"{folder}/{leaf}.pem",
                    "-key", $"{folder}/{leaf}.key", .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                ],
                []);
            string mark = $"0100007F:{port:X4} 00000000:0000 0A"; // listening
            for (int i = 0; i < 500 && !process.HasExited; i++)
            {
                if ((await File.ReadAllTextAsync("/proc/net/tcp", TestContext.Current.CancellationToken)).Contains(mark, StringComparison.Ordinal))
                    return new Server(process, port);
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }

            throw new TimeoutException("openssl s_server does not listen");
        }

        internal async Task<Done> ConnectAsync(TlsOptions options)
        {
            Assert.Equal(Errno.OK, LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Tcp, out LinuxSocket? socket));
            using (socket)
            {
                Assert.True(socket!.Connect(IPAddress.Loopback, port) is Errno.OK or Errno.EINPROGRESS);
                using TlsSession session = TlsSession.Create(socket, options);
                PollEvents wanted = PollEvents.Write;
                while (true)
                {
                    PollEvents ready = await socket.WaitAsync(wanted, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
                    Assert.NotEqual(PollEvents.None, ready);
                    TlsStep step = session.Handshake();
                    if (step is TlsStep.WantRead or TlsStep.WantWrite)
                    {
                        wanted = step is TlsStep.WantRead ? PollEvents.Read : PollEvents.Write;
                        continue;
                    }

                    return new Done(step, session.VerifyResult, session.Reason, [.. session.Errors], [.. session.Refusals])
                    {
                        Suite = session.CipherSuite,
                        TemporaryKey = session.TemporaryKey,
                        WasResumed = session.WasResumed,
                        Read = session.OctetsRead,
                        Written = session.OctetsWritten,
                    };
                }
            }
        }

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }
}
