using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Another network namespace is looked at from outside, and what is advised is for there: live, and from what was kept.</summary>
public sealed class OtherNamespaceTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    [Theory]
    [InlineData("host")]
    [InlineData(":5599")]
    public void What_was_kept_gives_the_commands_that_the_live_run_gave(string target)
    {
        network.SkipIfAbsent();
        network.Exec("sysctl -qw net.ipv4.tcp_sack=0");
        string file = Path.Combine(Path.GetTempPath(), $"{network.Name}.netwhy.jsonl");
        try
        {
            string live = NetWhyProgram.Run(target, "--net", network.Name, "--json", "--save", file).Output;
            string kept = NetWhyProgram.Run("diagnose", file, "--json").Output;

            Assert.Equal(Commands(live), Commands(kept));
            Assert.Contains(Commands(live), command => command.StartsWith($"ip netns exec {network.Name} ", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
            network.Exec("sysctl -qw net.ipv4.tcp_sack=1");
        }
    }

    [Fact]
    public void A_service_there_is_found_from_outside()
    {
        network.SkipIfAbsent();
        Socket? service = null;
        network.InHere(() =>
        {
            service = AuditNamespace.Udp();
            service.Bind(new IPEndPoint(IPAddress.Loopback, 5598));
        });

        ProgramResult inside = NetWhyProgram.Run("--net", network.Name, ":5598");
        ProgramResult outside = NetWhyProgram.Run(":5598");
        service!.Dispose();

        Assert.Equal(0, inside.ExitCode);
        Assert.Contains("is bound to 127.0.0.1:5598", inside.Output, StringComparison.Ordinal);
        Assert.Equal(1, outside.ExitCode);
        Assert.Contains("port-closed", outside.Output, StringComparison.Ordinal);
    }

    private static string[] Commands(string output)
    {
        using var json = JsonDocument.Parse(output);
        return [.. CommandsIn(json.RootElement)];

        static IEnumerable<string> CommandsIn(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
                member.Name is "command" && member.Value.ValueKind is JsonValueKind.String ? [member.Value.GetString()!] : CommandsIn(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(CommandsIn),
            _ => [],
        };
    }
}
