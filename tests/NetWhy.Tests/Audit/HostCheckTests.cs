using System.Text.Json;
using NetWhy.Diagnose.Audit;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>All checks together.</summary>
public sealed class HostCheckTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    [Fact]
    public void Each_has_a_name_of_its_own_and_a_source()
    {
        string[] ids = [.. HostCheckCatalog.All.Select(check => check.Info.Id)];

        Assert.Equal(ids.Distinct(), ids);
        Assert.All(HostCheckCatalog.All, check => Assert.Matches(@"^[a-z0-9]+([.-][a-z0-9]+)*$", check.Info.Id));
        Assert.All(HostCheckCatalog.All, check => Assert.True(check.Info.Source.Length > 5, check.Info.Id));
    }

    [Fact]
    public void A_quiet_machine_is_well()
    {
        network.SkipIfAbsent();
        ProgramResult result = network.NetWhy("host", "--json", "--interval", "0.3");
        using var json = JsonDocument.Parse(result.Output);
        JsonElement[] signals = [.. json.RootElement.GetProperty("signals").EnumerateArray()];

        string[] alarms = [.. signals.Where(signal => signal.GetProperty("standing").GetString() is "critical" or "warning").Select(signal => signal.ToString())];
        Assert.True(alarms.Length == 0, string.Join('\n', alarms));
        Assert.Equal(0, result.ExitCode);
        string[] speaking = [.. signals.Select(signal => signal.GetProperty("check").GetString()!).Distinct()];
        Assert.Empty(HostCheckCatalog.All.OfType<CounterCheck>().Select(check => check.Info.Id).Except(speaking));
        Assert.Contains("settings", speaking);
        Assert.Contains("tcp.memory", speaking);
    }

    [Fact]
    public void A_saved_audit_shows_the_same_table()
    {
        network.SkipIfAbsent();
        string file = Path.GetTempFileName();
        try
        {
            File.Delete(file);
            string then = network.NetWhy("host", "--interval", "0.3", "--save", file).Output;

            Assert.Equal(WithoutTime(then), WithoutTime(NetWhyProgram.Run("diagnose", file).Output));
        }
        finally
        {
            File.Delete(file);
        }

        static string WithoutTime(string text) => text[..text.TrimEnd().LastIndexOf('\n')];
    }
}
