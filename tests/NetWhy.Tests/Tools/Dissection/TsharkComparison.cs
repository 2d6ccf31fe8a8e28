using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Holds what <c>netwhy tshark</c> prints against what tshark prints.</summary>
internal static class TsharkComparison
{
    /// <summary>Where the captures are that were made for this.</summary>
    internal static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    /// <summary>Compares line by line, of one of those captures.</summary>
    /// <param name="capture">Its name.</param>
    /// <param name="arguments">What is asked of it.</param>
    internal static void Compare(string capture, params string[] arguments) => CompareAt(Path.Combine(Folder, $"{capture}.pcap"), arguments);

    /// <summary>Compares line by line, of any capture.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="arguments">What is asked of it.</param>
    internal static void CompareAt(string path, params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", path, .. arguments];
        string[] wanted = NetWhyProgram.Run("tshark", words, []).Output.Split('\n');
        ProgramResult ours = NetWhyProgram.Run(["tshark", .. words]);
        string[] got = ours.Output.Split('\n');
        for (int line = 0; line < Math.Min(wanted.Length, got.Length); line++)
            Assert.True(wanted[line] == got[line], $"{string.Join(' ', arguments)}\n  tshark: {wanted[line]}\n  netwhy: {got[line]}");
        Assert.True(wanted.Length == got.Length, $"{string.Join(' ', arguments)}: {wanted.Length} lines by tshark, {got.Length} by netwhy; {ours.Error}");
    }
}
