using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Tools;

namespace NetWhy.Tests.Tools.Dig;

/// <summary>Keeps what a tool prints.</summary>
internal sealed class CollectingHost : IToolHost, IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly StringBuilder _notes = new();

    /// <summary>What was printed on standard output.</summary>
    public string Text => Encoding.UTF8.GetString(_output.ToArray());

    /// <summary>What was printed on standard output, as octets.</summary>
    public byte[] Octets => _output.ToArray();

    /// <summary>The lines that were written to standard error.</summary>
    public string Notes => _notes.ToString();

    public void Dispose() => _output.Dispose();

    public Stream Output => _output;

    public int? Columns => null;

    public int? Rows => null;

    public int? ErrorColumns => null;

    public bool HasColour => false;

    public bool HasUtf8 => true;

    public CancellationToken Cancellation => CancellationToken.None;

    public IReadOnlyList<Statement> Judge(IReadOnlyList<Observation> observations) => [];

    public Statement? Investigate(IPAddress address, int port, bool isDatagram) => null;

    public IReadOnlyList<Statement>? Investigate(UrlInquiry inquiry, IReadOnlyList<Observation> observations) => [];

    public void Warn(string message)
    {
    }

    public void Note(string line) => _notes.Append(line).Append('\n');

    public void Progress(string text)
    {
    }

    public void ShowHelp(ITool tool)
    {
    }

    public bool? Confirm(string question) => null;
}
