using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Mtr;

/// <summary>The forms of output and the refusals of netwhy mtr, beside those of mtr on the same path.</summary>
public sealed partial class MtrFormTests
{
    private const string DropsIcmp = "nft 'add table inet t; add chain inet t o { type filter hook output priority 0; }; add rule inet t o ip protocol icmp drop'";

    [Theory]
    [InlineData("-o", "LSDR NBAWVGJMXI")]
    [InlineData("-s", "100", "-Q", "16", "-B", "5")]
    public void Xml_is_that_of_mtr(params string[] arguments)
    {
        using var chain = new ImpairedChain();
        chain.Shell(3, DropsIcmp);
        string[] settings = ["-x", "-n", "-c", "3", "-i", "0.1", "-G", "1", .. arguments, ImpairedChain.Target];

        Assert.Equal(WithoutTimes(chain.Run(["mtr", .. settings])), WithoutTimes(chain.Run([NetWhyProgram.Path, "mtr", .. settings])));
    }

    // mtr reads keys in this form, and so needs a terminal.
    [Fact]
    public void Split_lines_are_those_of_mtr()
    {
        using var chain = new ImpairedChain();
        string file = Path.GetTempFileName();
        try
        {
            string settings = $"-p -n -c 4 -i 0.3 {ImpairedChain.Target} > {file}";
            _ = chain.Run("env", "TERM=xterm", "timeout", "6", "script", "-qec", $"mtr {settings}", "/dev/null");
            string[] theirs = LastOfEachHop(file);
            ProgramResult result = chain.Run("env", "TERM=xterm", "timeout", "20", "script", "-qec", $"{NetWhyProgram.Path} mtr {settings}", "/dev/null");

            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.Equal(5, theirs.Length);
            Assert.Equal(theirs, LastOfEachHop(file));
        }
        finally
        {
            File.Delete(file);
        }

        // Without the times: hop, host, loss, received and sent.
        static string[] LastOfEachHop(string path) =>
        [
            .. File.ReadAllLines(path).Select(line => line.Split(' ')).Where(words => words.Length > 5)
                .GroupBy(words => words[0]).OrderBy(hop => hop.Key, StringComparer.Ordinal)
                .Select(hop => string.Join(' ', hop.Last().Take(5))),
        ];
    }

    [Theory]
    [InlineData("-c 0")]
    [InlineData("-c 0 -x")]
    [InlineData("-c 0 -C")]
    [InlineData("-c x")]
    [InlineData("-c -1")]
    [InlineData("-i 0")]
    [InlineData("-i x")]
    [InlineData("-G 0")]
    [InlineData("-P 0")]
    [InlineData("-P 99999")]
    [InlineData("-L 5")]
    [InlineData("-o Q")]
    [InlineData("-o LLLLLLLLLLLLLLLLLLLLLLLL")]
    [InlineData("-y 9")]
    [InlineData("-u -T")]
    [InlineData("--displaymode 9")]
    [InlineData("-M x")]
    [InlineData("-Z x")]
    [InlineData("-F /nosuch")]
    [InlineData("-f 0 -m 0 -U 0 -Q 300 -B 300 -c 1")]
    public void What_is_refused_is_refused_in_the_same_words_with_the_same_code(string arguments)
    {
        using var chain = new ImpairedChain();
        string[] settings = ["-r", "-n", "-G", "1", .. arguments.Split(' '), ImpairedChain.Target];
        ProgramResult theirs = chain.Run(["mtr", .. settings]);
        ProgramResult ours = chain.Run([NetWhyProgram.Path, "mtr", .. settings]);

        Assert.Equal((theirs.ExitCode, theirs.Error), (ours.ExitCode, ours.Error));
        Assert.Equal(WithoutTimes(theirs), WithoutTimes(ours));
    }

    [Fact]
    public void An_interrupt_ends_each_form_with_what_was_seen()
    {
        using var chain = new ImpairedChain();
        foreach (string form in (string[])["-r", "-j", "-x", "-C", "-l", "-p"])
        {
            ProgramResult result = chain.Run("timeout", "--foreground", "--preserve-status", "-s", "INT", "4", NetWhyProgram.Path, "mtr", "-n", form, "-i", "0.2", "-c", "100", ImpairedChain.Target);

            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.Contains(ImpairedChain.Target, result.Output, StringComparison.Ordinal);
        }
    }

    private static string WithoutTimes(ProgramResult result) => Times().Replace(result.Output, "TIME");

    [GeneratedRegex(@"(?<=^Start: )\S+|\s*\d+\.\d(?!\d*%)(?=<| |$)", RegexOptions.Multiline)]
    private static partial Regex Times();
}
