using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Tests.Audit;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>The verdict on what passes an interface, in a network namespace.</summary>
public sealed class LiveAnalysisTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private const int ClosedPort = 9;

    [Fact]
    public void A_closed_port_is_named_while_it_refuses()
    {
        using JsonDocument told = JsonDocument.Parse(Listen("-c", "20", "--json", "tcp", "port", "9").Output);

        JsonElement root = told.RootElement;
        Assert.Equal((20, 0), (root.GetProperty("capture").GetProperty("packets").GetInt32(), root.GetProperty("capture").GetProperty("dropped").GetInt32()));
        Assert.Equal("lo", root.GetProperty("capture").GetProperty("name").GetString());
        JsonElement finding = root.GetProperty("findings")[0];
        Assert.Equal("port-closed", finding.GetProperty("cause").GetString());
        Assert.Equal(10, root.GetProperty("capture").GetProperty("tcpConversations").GetInt32());
    }

    [Fact]
    public void It_ends_after_its_time_with_what_it_saw()
    {
        ProgramResult result = Listen("--duration", "2", "tcp port 9");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Broken: 127.0.0.1 refuses connections to port 9", result.Output, StringComparison.Ordinal);
        Assert.Contains("listening on lo", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_ends_it_with_the_verdict()
    {
        network.SkipIfAbsent();
        ProgramResult result = Listen(Interrupt);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Broken: 127.0.0.1 refuses connections to port 9", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-i nope", 3, "nope: there is no such interface here: ")]
    [InlineData("-i lo tcp prt 9", 2, "can't parse filter expression")]
    [InlineData("-i lo --duration 0", 2, "--duration: '0' is no number from 1 to 604800")]
    [InlineData("-i lo --stream 1", 2, "--stream needs a file")]
    [InlineData("-c 5 some.pcap", 2, "--count is for listening")]
    [InlineData("--net other some.pcap", 2, "--net: a file is the same everywhere")]
    [InlineData("", 2, "name a capture")]
    public void What_makes_no_sense_is_refused_in_a_line(string line, int exitCode, string message)
    {
        network.SkipIfAbsent();
        ProgramResult result = network.NetWhy(["analyze", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    // Once it listens, and connections were refused for a while.
    private ProgramResult Interrupt()
    {
        using Process analysis = NetWhyProgram.Start("ip", ["netns", "exec", network.Name, NetWhyProgram.Path, "analyze", "-i", "lo"], []);
        string? listening = analysis.StandardError.ReadLine();
        NetWhyProgram.Run("sleep", ["1"], []);
        NetWhyProgram.Run("kill", ["-INT", $"{analysis.Id}"], []);
        string output = analysis.StandardOutput.ReadToEnd();
        Assert.True(analysis.WaitForExit(TimeSpan.FromSeconds(30)));
        return new ProgramResult(analysis.ExitCode, output, listening ?? "");
    }

    private ProgramResult Listen(params string[] arguments)
    {
        network.SkipIfAbsent();
        return Listen(() => network.NetWhy(["analyze", "-i", "lo", .. arguments]));
    }

    // Connections are refused until the analysis has ended.
    private ProgramResult Listen(Func<ProgramResult> run)
    {
        Task<ProgramResult> analysis = Task.Factory.StartNew(run, TaskCreationOptions.LongRunning);
        while (!analysis.IsCompleted)
        {
            using Socket socket = NetworkNamespace.Run(network.Name, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            Assert.Throws<SocketException>(() => socket.Connect(new IPEndPoint(IPAddress.Loopback, ClosedPort)));
            analysis.Wait(50);
        }

        return analysis.Result;
    }
}
