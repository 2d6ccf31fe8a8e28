using System.Globalization;
using System.Text;
using NetWhy.Lab.Impairments;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using Xunit;

namespace NetWhy.Tests.Tools.Mtr;

/// <summary>
/// A host, routers and a destination behind each other, each a network namespace; link i joins i - 1 (10.78.i.1) and i (10.78.i.2).
/// Link 3 may be one that delays or loses frames. Routers answer without a limit.
/// </summary>
internal sealed class ImpairedChain : IDisposable
{
    /// <summary>Number of the link that is impaired.</summary>
    public const int Link = 3;

    private const int Hops = 5;

    private static int _number;

    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"netwhy-mtr-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}-");
    private readonly CancellationTokenSource _end = new();
    private readonly List<TapDevice> _taps = [];
    private Task _relay = Task.CompletedTask;

    public ImpairedChain(string? there = null, string? back = null)
    {
        if (Environment.UserName != "root")
            Assert.Skip("network namespaces need root");
        var script = new StringBuilder();
        for (int i = 0; i <= Hops; i++)
        {
            script.AppendLine(CultureInfo.InvariantCulture, $"ip netns add {this[i]}; ip -n {this[i]} link set lo up");
            script.AppendLine(CultureInfo.InvariantCulture, $"ip netns exec {this[i]} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0");
        }

        AuditedNamespace.Shell(null, script.ToString());
        for (int i = 1; i <= Hops; i++)
        {
            if (i == Link && there is not null)
                Impair(i, there, back ?? "");
            else
                AuditedNamespace.Shell(null, $"ip link add east netns {this[i - 1]} type veth peer name west netns {this[i]}");
            AuditedNamespace.Shell(null, string.Create(CultureInfo.InvariantCulture, $"""
                ip -n {this[i - 1]} addr add 10.78.{i}.1/24 dev east; ip -n {this[i]} addr add 10.78.{i}.2/24 dev west
                ip -n {this[i - 1]} link set east up; ip -n {this[i]} link set west up
                ip -n {this[i - 1]} route add default via 10.78.{i}.2
                """));
            for (int j = 1; j < i; j++)
                AuditedNamespace.Shell(null, string.Create(CultureInfo.InvariantCulture, $"ip -n {this[i]} route add 10.78.{j}.0/24 via 10.78.{i}.1"));
        }
    }

    /// <summary>The destination.</summary>
    public const string Target = "10.78.5.2";

    /// <summary>The namespace of the host, 0, of a router, or of the destination, 5.</summary>
    public string this[int number] => _prefix + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Runs a shell script on one of them.</summary>
    public void Shell(int number, string script) => AuditedNamespace.Shell(this[number], script);

    /// <summary>Runs a program on the host.</summary>
    public ProgramResult Run(params string[] command) => NetWhyProgram.Run("ip", ["netns", "exec", this[0], .. command], []);

    /// <summary>Runs <c>netwhy mtr -n</c> on the host.</summary>
    public ProgramResult Mtr(params string[] arguments) => Run([NetWhyProgram.Path, "mtr", "-n", .. arguments]);

    public void Dispose()
    {
        _end.Cancel();
        _relay.Wait(TimeSpan.FromSeconds(5));
        foreach (TapDevice tap in _taps)
            tap.Dispose();
        _end.Dispose();
        for (int i = 0; i <= Hops; i++)
            _ = NetWhyProgram.Run("ip", ["netns", "del", this[i]], []);
    }

    private void Impair(int link, string there, string back)
    {
        var left = TapDevice.Create(this[link - 1], "east");
        var right = TapDevice.Create(this[link], "west");
        _taps.AddRange([left, right]);
        var relay = new LinkRelay(left, right, new LinkModel(ImpairmentText.Parse(there)), new LinkModel(ImpairmentText.Parse(back)));
        _relay = Task.Factory.StartNew(() => relay.Run(_end.Token), TaskCreationOptions.LongRunning);
    }
}
