using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>Dialogues before TLS, as the documents of each protocol show them; <c>|</c> stands where the client speaks.</summary>
public sealed class StartTlsTests
{
    [Theory]
    [InlineData("smtp", "220-mail\r\n220 ready\r\n|250-mail\r\n250-STARTTLS\r\n250 HELP\r\n|220 go ahead\r\n", null)]
    [InlineData("smtp", "220 ready\r\n|250-mail\r\n250 HELP\r\n", "it does not offer STARTTLS")]
    [InlineData("smtp", "220 ready\r\n|250-mail\r\n250-XXXXXXXA\r\n250 HELP\r\n", "STARTTLS is blotted out of its answer on the way")]
    [InlineData("smtp", "554 go away\r\n", "its greeting is a refusal")]
    [InlineData("smtp", "220 ready\r\n|250 STARTTLS\r\n|454 TLS not available\r\n", "it refuses STARTTLS")]
    [InlineData("imap", "* OK ready\r\n|a1 OK begin\r\n", null)]
    [InlineData("imap", "* OK ready\r\n|a1 BAD unknown\r\n", "it refuses STARTTLS")]
    [InlineData("pop3", "+OK ready\r\n|+OK begin\r\n", null)]
    [InlineData("pop3", "+OK ready\r\n|-ERR no\r\n", "it refuses STLS")]
    [InlineData("ftp", "220 ready\r\n|234 AUTH TLS\r\n", null)]
    [InlineData("ftp", "220 ready\r\n|502 no\r\n", "it refuses AUTH TLS")]
    [InlineData("xmpp", "|<stream:stream><stream:features><starttls/></stream:features>|<proceed/>", null)]
    [InlineData("xmpp", "|<stream:stream><stream:features></stream:features>", "it does not offer STARTTLS")]
    [InlineData("postgres", "|S", null)]
    [InlineData("postgres", "|N", "it does not offer TLS")]
    [InlineData("ldap", "|\u0030\u000c\u0002\u0001\u0001\u0078\u0007\u000a\u0001\u0000\u0004\u0000\u0004\u0000", null)]
    [InlineData("ldap", "|\u0030\u000c\u0002\u0001\u0001\u0078\u0007\u000a\u0001\u0034\u0004\u0000\u0004\u0000", "it refuses the extended operation StartTLS")]
    [InlineData("mysql", "\u0016\u0000\u0000\u0000\u000a8\u00001234saltsalt\u0000\u0000\u000a12345", null)]
    [InlineData("mysql", "\u0016\u0000\u0000\u0000\u000a8\u00001234saltsalt\u0000\u0000\u000212345", "it does not offer TLS")]
    [InlineData("pop3", "", "the connection ends before it greets")]
    [InlineData("smtp", "421 4.7.0 too many connections\r\n", "its greeting is a refusal")]
    [InlineData("smtp", "220 ready\r\n|550 5.7.1 your name is not welcome\r\n", "it refuses EHLO")]
    [InlineData("smtp", "220 ready\r\n|502 not implemented\r\n", "it does not offer STARTTLS")]
    [InlineData("lmtp", "220 ready\r\n|421 shutting down\r\n", "it refuses LHLO")]
    [InlineData("ftp", "220-Welcome\r\n of the house,\r\n230 guests\r\n220 ready\r\n|234-so\r\n be it\r\n234 AUTH TLS\r\n", null)]
    [InlineData("ftp", "120 Service ready in 001 minutes\r\n220 ready\r\n|234 AUTH TLS\r\n", null)]
    [InlineData("ftp", "120 Service ready in 001 minutes\r\n421 no\r\n", "its greeting is a refusal")]
    [InlineData("imap", "* PREAUTH hello\r\n", "it greets us as known already (PREAUTH), and then there is no STARTTLS")]
    [InlineData("xmpp", "|<stream:stream><stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>", "it does not serve www.lab.test (host-unknown)")]
    [InlineData("xmpp-server", "|<stream:stream><stream:error><not-authorized/></stream:error></stream:stream>", "it ends the stream with an error")]
    public async Task A_dialogue_ends_as_it_should(string protocol, string dialogue, string? refusal)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task serving = ServeAsync(listener, dialogue);
        using TcpConnection connection = await TcpConnector.ConnectAsync(IPAddress.Loopback, port, new ConnectOptions(), TestContext.Current.CancellationToken);
        var stream = new ByteStream(connection.Socket!, IPAddress.Loopback, port, onSilence: null);

        StartTlsAnswer answer = await StartTls.AskAsync(stream, protocol, "www.lab.test", TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        Assert.Equal(refusal, answer.Refusal);
        connection.Dispose();
        await serving;
    }

    [Fact]
    public async Task An_answer_without_end_is_not_waited_for()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task serving = ServeAsync(listener, new string('2', 100_000));
        using TcpConnection connection = await TcpConnector.ConnectAsync(IPAddress.Loopback, port, new ConnectOptions(), TestContext.Current.CancellationToken);
        var stream = new ByteStream(connection.Socket!, IPAddress.Loopback, port, onSilence: null);

        StartTlsAnswer answer = await StartTls.AskAsync(stream, "smtp", "www.lab.test", TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        Assert.Equal("its answer has no end", answer.Refusal);
        connection.Dispose();
        await serving;
    }

    [Fact]
    public async Task A_reply_of_many_lines_ends_with_its_number()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using TcpConnection connection = await TcpConnector.ConnectAsync(IPAddress.Loopback, port, new ConnectOptions(), TestContext.Current.CancellationToken);
        using TcpClient peer = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        peer.NoDelay = true;
        var stream = new ByteStream(connection.Socket!, IPAddress.Loopback, port, onSilence: null);
        Task<StartTlsAnswer> asking = StartTls.AskAsync(stream, "ftp", "www.lab.test", TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        foreach (string line in (string[])["220-Welcome\r\n", "of the house\r\n", "230 guests so far\r\n"])
            await peer.GetStream().WriteAsync(Encoding.Latin1.GetBytes(line), TestContext.Current.CancellationToken);
        Assert.Equal(0, peer.Available); // it does not speak before the greeting is over
        await peer.GetStream().WriteAsync("220 ready\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] wish = new byte[10];
        await peer.GetStream().ReadExactlyAsync(wish, TestContext.Current.CancellationToken);
        await peer.GetStream().WriteAsync("502 no\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(("AUTH TLS\r\n", "it refuses AUTH TLS", StartTlsStep.Wish), (Encoding.ASCII.GetString(wish), (await asking).Refusal, (await asking).Step));
    }

    private static async Task ServeAsync(TcpListener listener, string dialogue)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        byte[] buffer = new byte[4096];
        string[] turns = dialogue.Split('|');
        try
        {
            for (int i = 0; i < turns.Length; i++)
            {
                if (i > 0 && await stream.ReadAsync(buffer) == 0)
                    return;
                await stream.WriteAsync(Encoding.Latin1.GetBytes(turns[i]));
            }

            client.Client.Shutdown(SocketShutdown.Send);
            while (await stream.ReadAsync(buffer) > 0)
            {
                // what the client still says
            }
        }
        catch (IOException)
        {
            // it has gone
        }
    }
}
