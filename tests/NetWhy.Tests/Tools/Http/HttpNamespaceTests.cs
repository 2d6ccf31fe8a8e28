using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>netwhy http where names, addresses and ports are what a test needs: in a namespace without a way out.</summary>
public sealed class HttpNamespaceTests : IDisposable
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const int Port = 8080;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"netwhy-http-{Environment.ProcessId}");

    /// <summary>Makes the namespace.</summary>
    public HttpNamespaceTests()
    {
        if (Environment.UserName != "root")
            return;
        Directory.CreateDirectory($"/etc/netns/{_name}");
        File.WriteAllText($"/etc/netns/{_name}/resolv.conf", "nameserver 127.0.0.1\n");
        File.WriteAllText($"/etc/netns/{_name}/hosts", "127.0.0.2 two.test\n127.0.0.3 two.test\n127.0.0.3 one.test\n");
        Run("ip", "netns", "add", _name);
        Run("ip", "-n", _name, "link", "set", "lo", "up");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Directory.Exists($"/etc/netns/{_name}"))
            return;
        Run("ip", "netns", "delete", _name);
        Directory.Delete($"/etc/netns/{_name}", recursive: true);
    }

    [Fact]
    public void A_hop_with_an_address_that_is_out_of_reach_counts_as_answered_by_the_other()
    {
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
        const int Ports = 16;
        Run("ip", "netns", "exec", _name, "sysctl", "-qw", string.Create(CultureInfo.InvariantCulture, $"net.ipv4.ip_local_port_range=40000 {40000 + Ports - 1}"));
        using ScriptedServer server = NetworkNamespace.Run(_name, () => new ScriptedServer(
            (connection, _) => connection == 0 ? $"HTTP/1.1 301 Moved\r\nLocation: http://one.test:{Port}/\r\nContent-Length: 0\r\n\r\n" : Good, IPAddress.Parse("127.0.0.3"), Port));
        using TcpListener full = NetworkNamespace.Run(_name, () =>
        {
            var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), Port);
            listener.Start(Ports);
            return listener;
        });
        List<TcpClient> clients = NetworkNamespace.Run(_name, () => Enumerable.Range(0, Ports).Select(_ => new TcpClient("127.0.0.2", Port)).ToList()); // no port is left to it
        try
        {
            ProgramResult result = Ask($"http://two.test:{Port}/");

            Assert.Contains("at 127.0.0.2: no connection", result.Output, StringComparison.Ordinal);
            Assert.Contains("at 127.0.0.3: 200 OK", result.Output, StringComparison.Ordinal);
            Assert.Equal(0, result.ExitCode);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public void A_redirect_to_a_name_without_an_address_keeps_what_was_found()
    {
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
        using ScriptedServer server = NetworkNamespace.Run(_name, () => new ScriptedServer(
            (_, _) => "HTTP/1.1 301 Moved\r\nLocation: https://ww.example.test/\r\nContent-Length: 0\r\n\r\n", IPAddress.Parse("127.0.0.3"), Port));

        ProgramResult result = Ask($"http://one.test:{Port}/", "-n", "3");

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"301 Moved\s+to\s+https://ww.example.test/", result.Output);
        Assert.Matches(@"redirect\s+not followed: ww.example.test cannot be resolved", result.Output);
    }

    [Fact]
    public void A_run_is_made_where_the_first_request_gets_no_connection()
    {
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");

        ProgramResult result = Ask($"http://one.test:{Port}/", "-n", "3");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("3 requests in", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"run\s+the first request got no connection; the others were made nevertheless", result.Output);
        Assert.Matches(@"3 failed\s+no connection: ", result.Output);
    }

    // What is sent there goes nowhere, and nobody says so.
    [Fact]
    public void A_run_to_where_nothing_answers_ends_early()
    {
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
        Run("ip", "-n", _name, "link", "add", "near", "type", "veth", "peer", "name", "far");
        Run("ip", "-n", _name, "address", "add", "192.0.2.1/24", "dev", "near");
        Run("ip", "-n", _name, "link", "set", "near", "arp", "off", "up");
        Run("ip", "-n", _name, "link", "set", "far", "arp", "off", "up");

        ProgramResult result = Ask("http://192.0.2.2/", "-m", "0.1", "-n", "1000");

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"10 requests in .* \(ended: no connection\)", result.Output);
        Assert.Matches(@"run\s+it ended: none of the first 10", result.Output);
    }

    private static void Run(params string[] words) => Assert.Equal(0, NetWhyProgram.Run(words[0], words[1..], []).ExitCode);

    private ProgramResult Ask(params string[] arguments) =>
        NetWhyProgram.Run("ip", ["netns", "exec", _name, NetWhyProgram.Path, "http", .. arguments], []);
}
