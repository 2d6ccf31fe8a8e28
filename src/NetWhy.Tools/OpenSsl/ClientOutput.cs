using System.Globalization;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Where <c>openssl s_client</c> writes.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="host">The standard streams.</param>
internal sealed class ClientOutput(ClientOptions options, IToolHost host) : IDisposable
{
    private FileStream? _messages;
    private FileStream? _secrets;

    /// <summary>Opens the files that the command line names.</summary>
    /// <exception cref="ClientRefusal">One cannot be written.</exception>
    internal void Open()
    {
        if (options.Value("msgfile") is { } messages)
            _messages = Create(messages, FileMode.Create, $"Error writing file {messages}");
        if (options.Value("keylogfile") is { } secrets)
            _secrets = Create(secrets, FileMode.Append, $"Error writing keylog file {secrets}");
    }

    /// <summary>Prints what is not the server's data: nothing if that was not asked for.</summary>
    /// <param name="text">The text.</param>
    internal void Print(string text) => Print(Encoding.UTF8.GetBytes(text));

    /// <summary>Prints what is not the server's data: nothing if that was not asked for.</summary>
    /// <param name="octets">The text.</param>
    internal void Print(ReadOnlySpan<byte> octets)
    {
        if (options.IsJson || (options.IsQuiet && !options.Has("debug")))
            return;
        host.Output.Write(octets);
    }

    /// <summary>Prints a message of the protocol.</summary>
    /// <param name="octets">Its text.</param>
    internal void Message(ReadOnlySpan<byte> octets)
    {
        if (_messages is not null)
            _messages.Write(octets);
        else if (options.IsQuiet && !options.IsJson)
            host.Output.Write(octets);
        else
            Print(octets);
    }

    /// <summary>Prints the server's data.</summary>
    /// <param name="octets">The data.</param>
    internal void Data(ReadOnlySpan<byte> octets)
    {
        if (!options.IsJson)
            host.Output.Write(octets);
    }

    /// <summary>Writes a line to standard error, unless one object is all that is wanted.</summary>
    /// <param name="line">The line.</param>
    internal void Note(string line)
    {
        if (!options.IsJson)
            host.Note(line);
    }

    /// <summary>Writes lines to standard error, unless one object is all that is wanted.</summary>
    /// <param name="lines">The lines.</param>
    internal void Note(IEnumerable<string> lines)
    {
        foreach (string line in lines)
            Note(line);
    }

    /// <summary>Writes a secret to the key log.</summary>
    /// <param name="line">The line.</param>
    internal void Secret(ReadOnlySpan<byte> line)
    {
        if (_secrets is null)
            return;
        _secrets.Write(line);
        _secrets.Write("\n"u8);
        _secrets.Flush();
    }

    /// <summary>Saves a session.</summary>
    /// <param name="path">The file.</param>
    /// <param name="session">The session.</param>
    internal void SaveSession(string path, SavedTlsSession session)
    {
        try
        {
            File.WriteAllBytes(path, session.ToPem());
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            Note($"Error writing session file {path}: {FileProblem.Of(path, refusal)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _messages?.Dispose();
        _secrets?.Dispose();
    }

    private static FileStream Create(string path, FileMode mode, string refused)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ClientRefusal(string.Create(CultureInfo.InvariantCulture, $"{refused}: {FileProblem.Of(path, refusal)}"));
        }
    }
}
