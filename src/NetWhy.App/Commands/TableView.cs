using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy analyze FILE --parquet DIR</c> and <c>--sql QUERY</c>: a capture as tables, by DuckDB.</summary>
internal static class TableView
{
    private const string LibraryVariable = "NETWHY_DUCKDB";
    private const string MemoryLimit = "1GB"; // of DuckDB; tables that are larger lie in a temporary file
    private const int WidestCell = 60;

    /// <summary>Writes the tables as Parquet, or asks them.</summary>
    /// <param name="path">The capture; <c>-</c> for standard input.</param>
    /// <param name="folder">Where a file for each table is written; null for nowhere.</param>
    /// <param name="sql">A query; null for none.</param>
    /// <param name="asJson">Whether rows are printed for a program.</param>
    /// <param name="preferences">How packets are analysed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="CommandException">There is no DuckDB, it refuses, or a file cannot be read or written.</exception>
    public static int Run(string path, string? folder, string? sql, bool asJson, DissectionPreferences preferences, CancellationToken cancellationToken)
    {
        string temporary = Directory.CreateTempSubdirectory("netwhy-").FullName;
        try
        {
            string? library = Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } named ? named : null;
            using DuckDatabase database = DuckDatabase.Open(Path.Combine(temporary, "capture.duckdb"), MemoryLimit, library);
            string? damage = Fill(database, path, preferences, cancellationToken);
            if (folder is not null)
                WriteFiles(database, folder);
            if (sql is not null)
                Ask(database, sql, asJson);
            if (damage is null)
                return ExitCode.Healthy;
            Terminal.WriteError(damage);
            return ExitCode.CouldNotWork;
        }
        catch (DuckException refusal)
        {
            throw new CommandException(ExitCode.CouldNotWork, refusal.Message.ReplaceLineEndings(" "));
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static string? Fill(DuckDatabase database, string path, DissectionPreferences preferences, CancellationToken cancellationToken)
    {
        using var tables = new CaptureTables(database, preferences);
        string? damage = CaptureFile.ReadAll(path, tables.Read, cancellationToken);
        tables.Complete();
        if (tables.Evicted > 0)
            Terminal.WriteError(string.Create(CultureInfo.InvariantCulture, $"{tables.Evicted} TCP conversations were forgotten to bound memory: what came of them later counts as new ones"));
        return damage;
    }

    private static void WriteFiles(DuckDatabase database, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException(ExitCode.CouldNotWork, FileRefusal.InWords($"--parquet {folder}", refusal));
        }

        foreach (string table in CaptureTables.Names)
            database.Execute($"COPY {table} TO '{Path.Combine(folder, $"{table}.parquet").Replace("'", "''", StringComparison.Ordinal)}' (FORMAT parquet, COMPRESSION zstd)");
    }

    private static void Ask(DuckDatabase database, string sql, bool asJson)
    {
        // From here on no file and no network but the tables, and no way back.
        database.Execute("SET enable_external_access = false; SET lock_configuration = true");
        string query = sql.Trim().TrimEnd(';');
        using DuckResult result = database.Query(asJson
            ? $"SELECT to_json(answer)::VARCHAR AS row FROM (\n{query}\n) AS answer"
            : $"SELECT COLUMNS(*)::VARCHAR FROM (\n{query}\n) AS answer");
        if (asJson)
            WriteJson(result);
        else
            WriteTable(result);
    }

    private static void WriteJson(DuckResult result)
    {
        Terminal.WriteOutput("{\"schema\":\"netwhy.rows/1\",\"rows\":[");
        string separator = "";
        while (result.Read() is { } rows)
        {
            foreach (string?[] row in rows)
            {
                Terminal.WriteOutput($"{separator}\n{row[0]}");
                separator = ",";
            }
        }

        Terminal.WriteOutput("\n]}\n");
    }

    private static void WriteTable(DuckResult result)
    {
        bool isUtf8 = Terminal.HasUtf8;
        IReadOnlyList<string?[]> rows = result.Read() ?? [];
        int columns = result.Columns.Count;
        int[] widths = [.. Enumerable.Range(0, columns).Select(column => Math.Min(WidestCell, rows.Select(row => Cell(row[column]).Length).Append(Cell(result.Columns[column]).Length).Max()))];
        bool[] areNumbers = [.. Enumerable.Range(0, columns).Select(column => rows.All(row => row[column] is null || decimal.TryParse(row[column], NumberStyles.Float, CultureInfo.InvariantCulture, out _)))];
        WriteRow([.. result.Columns]);
        for (; rows.Count > 0; rows = result.Read() ?? [])
        {
            foreach (string?[] row in rows)
                WriteRow(row);
        }

        void WriteRow(string?[] row) => Terminal.WriteOutput(string.Join("  ", row.Select((cell, column) => areNumbers[column] ? Cell(cell).PadLeft(widths[column]) : Cell(cell).PadRight(widths[column]))).TrimEnd() + "\n");

        string Cell(string? cell) => Printable.Of(cell ?? "", isUtf8);
    }
}
