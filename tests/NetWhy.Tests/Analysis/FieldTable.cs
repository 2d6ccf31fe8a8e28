using System.Buffers;
using System.Diagnostics;
using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Capture.Files;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Values of fields, a row for each packet: as netwhy has them, and as tshark has them.</summary>
internal static class FieldTable
{
    private const string Tshark = "/usr/bin/tshark";

    /// <summary>Skips the test where tshark is missing, or is another version than the one that is followed.</summary>
    internal static void SkipWithoutTshark() =>
        Assert.SkipUnless(File.Exists(Tshark) && Run("--version").Contains("4.0.", StringComparison.Ordinal), "tshark 4.0 is not installed");

    /// <summary>What tshark says.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="fields">The fields.</param>
    internal static string[] OfTshark(string path, IReadOnlyList<string> fields) =>
        Run(["-n", "-r", path, "-T", "fields", .. fields.SelectMany(field => new[] { "-e", field }), "-E", "occurrence=a", "-E", "aggregator=,"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What netwhy says.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="names">The fields.</param>
    internal static string[] OfNetwhy(string path, IReadOnlyList<string> names)
    {
        FieldCatalog catalog = FieldCatalog.Default;
        Field[] wanted = [.. names.Select(name => catalog.Find(name) ?? throw new ArgumentException(name))];
        var fields = new PacketFields(catalog);
        Array.ForEach(wanted, fields.Want);
        var dissector = new Dissector(fields);
        var rows = new List<string>();
        var text = new ArrayBufferWriter<byte>();
        using var reader = CaptureReader.Open(File.OpenRead(path));
        try
        {
            while (reader.Read(out PacketRecord packet))
            {
                text.ResetWrittenCount();
                WriteRow(text, wanted, dissector.Read(packet));
                rows.Add(Encoding.UTF8.GetString(text.WrittenSpan));
            }
        }
        catch (CaptureFormatException)
        {
            // tshark, too, says what came before the damage.
        }

        return [.. rows];
    }

    private static void WriteRow(ArrayBufferWriter<byte> text, Field[] wanted, DissectedPacket packet)
    {
        for (int column = 0; column < wanted.Length; column++)
        {
            if (column > 0)
                text.Write("\t"u8);
            bool isFirst = true;
            foreach (ref readonly FieldValue value in packet.Values)
            {
                if (value.FieldIndex != wanted[column].Index)
                    continue;
                if (!isFirst)
                    text.Write(","u8);
                isFirst = false;
                FieldText.Write(text, wanted[column], value, packet.OctetsOf(value));
            }
        }
    }

    private static string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Tshark, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
